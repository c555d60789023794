"""people and their places; what supervision keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("checklist", sa.String(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
    )
    op.create_table(
        "experts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("employer", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experts")),
    )
    op.create_table(
        "accidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("type_old", sa.String(), nullable=False),
        sa.Column("type_new", sa.String(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("injuries", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_accidents_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accidents")),
    )
    op.create_index(op.f("ix_accidents_enterprise_id"), "accidents", ["enterprise_id"])
    op.create_index("ix_accidents_happened", "accidents", ["happened_on", "id"])

    op.create_table(
        "assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rules_version", sa.String(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("sources", sa.Double(), nullable=False),
        sa.Column("process", sa.Double(), nullable=False),
        sa.Column("management", sa.Double(), nullable=False),
        sa.Column("base", sa.Double(), nullable=False),
        sa.Column("open_points", sa.Double(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("asks_for", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("triggers", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("graded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_assessments_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("enterprise_id", "month", name=op.f("uq_assessments_enterprise_id")),
    )
    op.create_index("ix_assessments_month_total", "assessments", ["month", "total"])

    op.create_table(
        "campaign_targets",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_targets_campaign_id_campaigns"),
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_campaign_targets_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "enterprise_id", name=op.f("pk_campaign_targets")),
    )
    op.create_index(
        op.f("ix_campaign_targets_enterprise_id"), "campaign_targets", ["enterprise_id"]
    )

    op.create_table(
        "checkpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("baseline", sa.JSON(), nullable=False),
        sa.Column("zones", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_checkpoints_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoints")),
        sa.UniqueConstraint("enterprise_id", "name", name=op.f("uq_checkpoints_enterprise_id")),
        sa.UniqueConstraint("token", name=op.f("uq_checkpoints_token")),
    )
    op.create_table(
        "emergency_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("review_due", sa.Date(), nullable=False),
        sa.Column("drill_due", sa.Date(), nullable=False),
        sa.Column("last_drill", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_emergency_plans_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_plans")),
    )
    op.create_index(op.f("ix_emergency_plans_enterprise_id"), "emergency_plans", ["enterprise_id"])

    op.create_table(
        "inspections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("checklist", sa.String(), nullable=False),
        sa.Column("planned_for", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("inspectors", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_inspections_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_inspections_enterprise_id_enterprises"),
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grids.id"], name=op.f("fk_inspections_grid_id_grids")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
    )
    op.create_index(op.f("ix_inspections_campaign_id"), "inspections", ["campaign_id"])
    op.create_index("ix_inspections_enterprise", "inspections", ["enterprise_id", "planned_for"])
    op.create_index(op.f("ix_inspections_grid_id"), "inspections", ["grid_id"])
    op.create_index("ix_inspections_planned", "inspections", ["planned_for", "id"])

    op.create_table(
        "list_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_list_changes_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_changes")),
    )
    op.create_index("ix_list_changes_enterprise", "list_changes", ["enterprise_id", "at"])

    op.create_table(
        "risk_points",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("accident_type", sa.String(), nullable=False),
        sa.Column("likelihood", sa.Double(), nullable=False),
        sa.Column("exposure", sa.Double(), nullable=False),
        sa.Column("consequence", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("measures", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("review_due", sa.Date(), nullable=False),
        sa.Column("assessed_by", sa.String(), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_risk_points_enterprise_id_enterprises"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_points")),
    )
    op.create_index("ix_risk_points_enterprise", "risk_points", ["enterprise_id", "effective_to"])

    op.create_table(
        "talks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("invited_for", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=True),
        sa.Column("follow_up", sa.String(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_talks_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talks")),
    )
    op.create_index(op.f("ix_talks_enterprise_id"), "talks", ["enterprise_id"])

    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=op.f("fk_appeals_assessment_id_assessments")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_appeals_enterprise_id_enterprises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_appeals_assessment_id")),
    )
    op.create_index(op.f("ix_appeals_enterprise_id"), "appeals", ["enterprise_id"])

    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=True),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_documents_enterprise_id_enterprises"),
        ),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazards.id"], name=op.f("fk_documents_hazard_id_hazards")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_documents_inspection_id_inspections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_documents_kind")),
    )
    op.create_index(op.f("ix_documents_enterprise_id"), "documents", ["enterprise_id"])
    op.create_index(op.f("ix_documents_hazard_id"), "documents", ["hazard_id"])
    op.create_index(op.f("ix_documents_inspection_id"), "documents", ["inspection_id"])

    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("tell", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("days_late", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by", sa.String(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazards.id"], name=op.f("fk_notices_hazard_id_hazards")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("hazard_id", "tell", "due", name=op.f("uq_notices_hazard_id")),
    )
    op.create_index("ix_notices_tell_at", "notices", ["tell", "at", "id"])

    op.create_table(
        "signed_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=True),
        sa.Column("inspection_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("office_name", sa.String(), nullable=False),
        sa.Column("office_signature", sa.String(length=64), nullable=False),
        sa.Column("enterprise_name", sa.String(), nullable=False),
        sa.Column("enterprise_signature", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazards.id"], name=op.f("fk_signed_records_hazard_id_hazards")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
            name=op.f("fk_signed_records_inspection_id_inspections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_records")),
    )
    op.create_index(op.f("ix_signed_records_hazard_id"), "signed_records", ["hazard_id"])
    op.create_index(op.f("ix_signed_records_inspection_id"), "signed_records", ["inspection_id"])

    with op.batch_alter_table("accounts") as batch:
        batch.add_column(sa.Column("grid_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("enterprise_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            batch.f("fk_accounts_enterprise_id_enterprises"),
            "enterprises",
            ["enterprise_id"],
            ["id"],
        )
        batch.create_foreign_key(batch.f("fk_accounts_grid_id_grids"), "grids", ["grid_id"], ["id"])

    with op.batch_alter_table("api_keys") as batch:
        batch.add_column(sa.Column("grid_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("enterprise_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("permissions", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            batch.f("fk_api_keys_enterprise_id_enterprises"),
            "enterprises",
            ["enterprise_id"],
            ["id"],
        )
        batch.create_foreign_key(batch.f("fk_api_keys_grid_id_grids"), "grids", ["grid_id"], ["id"])

    with op.batch_alter_table("enterprises") as batch:
        batch.add_column(
            sa.Column("profile", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
        )
        batch.add_column(
            sa.Column("plans", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )

    with op.batch_alter_table("findings") as batch:
        batch.add_column(sa.Column("hazard_id", sa.Uuid(), nullable=True))
        batch.create_index(batch.f("ix_findings_hazard_id"), ["hazard_id"])
        batch.create_foreign_key(
            batch.f("fk_findings_hazard_id_hazards"), "hazards", ["hazard_id"], ["id"]
        )

    with op.batch_alter_table("hazard_steps") as batch:
        batch.add_column(sa.Column("idempotency_key", sa.String(), nullable=True))
        batch.create_unique_constraint(
            batch.f("uq_hazard_steps_idempotency_key"), ["idempotency_key"]
        )
        batch.create_index("ix_hazard_steps_action_at", ["action", "at"])

    with op.batch_alter_table("hazards") as batch:
        batch.add_column(sa.Column("enterprise_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("grid_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("checkpoint_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("inspection_id", sa.Uuid(), nullable=True))
        batch.add_column(
            sa.Column(
                "source", sa.String(), nullable=False, server_default=sa.text("'supervision'")
            )
        )
        batch.add_column(
            sa.Column("seen", sa.Integer(), nullable=False, server_default=sa.text("1"))
        )
        batch.add_column(
            sa.Column("reopened", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
        batch.add_column(
            sa.Column("items", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
        )
        batch.drop_index(batch.f("ix_hazards_code"))
        batch.drop_index(batch.f("ix_hazards_status_confirmed"))
        batch.create_index("ix_hazards_status_confirmed", ["status", "confirmed_at", "id"])
        batch.create_index("ix_hazards_code_confirmed", ["code", "confirmed_at", "id"])
        batch.create_index(
            "ix_hazards_enterprise_confirmed", ["enterprise_id", "confirmed_at", "id"]
        )
        batch.create_index("ix_hazards_grid_confirmed", ["grid_id", "confirmed_at", "id"])
        batch.create_index(batch.f("ix_hazards_inspection_id"), ["inspection_id"])
        batch.create_index("ix_hazards_open_deadline", ["closed_on", "deadline", "id"])
        batch.create_index("ix_hazards_year_found", ["year", "found_on"])
        batch.create_foreign_key(
            batch.f("fk_hazards_inspection_id_inspections"),
            "inspections",
            ["inspection_id"],
            ["id"],
        )
        batch.create_foreign_key(batch.f("fk_hazards_grid_id_grids"), "grids", ["grid_id"], ["id"])
        batch.create_foreign_key(
            batch.f("fk_hazards_enterprise_id_enterprises"),
            "enterprises",
            ["enterprise_id"],
            ["id"],
        )
        batch.create_foreign_key(
            batch.f("fk_hazards_checkpoint_id_checkpoints"),
            "checkpoints",
            ["checkpoint_id"],
            ["id"],
        )

    with op.batch_alter_table("photos") as batch:
        batch.add_column(
            sa.Column("scope", sa.String(), nullable=False, server_default=sa.text("'park'"))
        )
        batch.add_column(sa.Column("enterprise_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("grid_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("checkpoint_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("inspection_id", sa.Uuid(), nullable=True))
        batch.drop_constraint(batch.f("uq_photos_sha256"), type_="unique")
        batch.create_unique_constraint(batch.f("uq_photos_sha256"), ["sha256", "scope"])
        batch.create_index("ix_photos_enterprise_received", ["enterprise_id", "received_at", "id"])
        batch.create_index("ix_photos_grid_received", ["grid_id", "received_at", "id"])
        batch.create_index(batch.f("ix_photos_inspection_id"), ["inspection_id"])
        batch.create_foreign_key(
            batch.f("fk_photos_enterprise_id_enterprises"), "enterprises", ["enterprise_id"], ["id"]
        )
        batch.create_foreign_key(
            batch.f("fk_photos_inspection_id_inspections"), "inspections", ["inspection_id"], ["id"]
        )
        batch.create_foreign_key(
            batch.f("fk_photos_checkpoint_id_checkpoints"), "checkpoints", ["checkpoint_id"], ["id"]
        )
        batch.create_foreign_key(batch.f("fk_photos_grid_id_grids"), "grids", ["grid_id"], ["id"])

    # each record was made by one finding until now
    op.execute(
        "UPDATE findings SET hazard_id ="
        " (SELECT hazards.id FROM hazards WHERE hazards.finding_id = findings.id)"
    )
