"""treatment of hazards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NEW = (
    ("kind", sa.String(), "'general'"),
    ("returns", sa.Integer(), "0"),
    ("fixers", sa.JSON(), "'[]'"),
    ("after_photos", sa.JSON(), "'[]'"),
    ("penalties", sa.JSON(), "'[]'"),
    ("version", sa.Integer(), "1"),
)
"""Columns that every record has, with what those from before get."""


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("hazards") as batch:
        batch.alter_column("deadline", existing_type=sa.Date(), nullable=True)
        batch.add_column(sa.Column("asked_deadline", sa.Date(), nullable=True))
        for name in ("responsible", "measures", "level"):
            batch.add_column(sa.Column(name, sa.String(), nullable=True))
        for name, kind, before in NEW:
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=sa.text(before)))
    with op.batch_alter_table("hazards") as batch:
        for name, kind, _ in NEW:  # from here on the program says
            batch.alter_column(name, existing_type=kind, server_default=None)
    op.create_table(
        "hazard_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazards.id"], name=op.f("fk_hazard_steps_hazard_id_hazards")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_steps")),
        sa.UniqueConstraint("hazard_id", "position", name=op.f("uq_hazard_steps_hazard_id")),
    )
