"""What is kept, as tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite keeps no zone, so one is put back on reading.

    Raises:
        ValueError: A naive moment is stored.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs its time zone, got {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: String,
    }


class AccountRow(Base):
    """Someone who logs in.

    Attributes:
        password_hash: argon2id; never the password.
        role: One of `wsai.supervision.access.Role`.
        grid_id: The grid that it works for, with all below it; ``None`` is the whole park.
        enterprise_id: The enterprise that it belongs to.
        disabled_at: Since when it may no longer log in.
        certificate: Number of the enforcement certificate, which documents name.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"))
    disabled_at: Mapped[datetime | None]
    certificate: Mapped[str | None]


class SessionRow(Base):
    """A login in a browser; the cookie's token is kept as its hash alone."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    account: Mapped[AccountRow] = relationship(lazy="joined")


class KeyRow(Base):
    """A key for a machine; kept as its hash alone.

    Attributes:
        permissions: What it is limited to, inside what its role may; ``None`` is all of that.
        expires_at: From then on it opens nothing.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"))
    permissions: Mapped[list[Any] | None]
    expires_at: Mapped[datetime | None]


class SetupRow(Base):
    """The one-time link that creates the administrator; at most one row."""

    __tablename__ = "setup_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]


class PhotoRow(Base):
    """A photo as it came, and what the model saw on it.

    Attributes:
        sha256: Of the original; its file's name.
        scope: Whose it is: the same original is the same photo only within one scope, so that
            nobody is shown what another enterprise sent.
        gps_latitude: Kept apart from everything that is shown.
        detections: Label, score and box of each object, boxes in pixels of the original.
        uploaded_by: Name of the account or key.
    """

    __tablename__ = "photos"
    __table_args__ = (
        Index("ix_photos_received", "received_at", "id"),
        Index("ix_photos_enterprise_received", "enterprise_id", "received_at", "id"),
        Index("ix_photos_grid_received", "grid_id", "received_at", "id"),
        UniqueConstraint("sha256", "scope"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sha256: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(default="park")
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    checkpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("checkpoints.id"))
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspections.id"), index=True)
    bytes: Mapped[int]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    site: Mapped[str | None]
    checkpoint: Mapped[str | None]
    taken_at: Mapped[datetime | None]
    gps_latitude: Mapped[float | None]
    gps_longitude: Mapped[float | None]
    received_at: Mapped[datetime]
    uploaded_by: Mapped[str]
    model_id: Mapped[str]
    detections: Mapped[list[Any]]
    elapsed_ms: Mapped[float]
    findings: Mapped[list[FindingRow]] = relationship(
        back_populates="photo", order_by="FindingRow.position", lazy="selectin"
    )


class FindingRow(Base):
    """One suspected hazard of a photo, and what a person said of it.

    Attributes:
        position: 0 is the worst.
        because: Rule, relation, both sentences and the objects.
        status: ``open``, ``confirmed`` or ``dismissed``.
        decided_by: Name of who confirmed or dismissed it.
        hazard_id: The record that it made or joined.
    """

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("photo_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(index=True)
    verdict: Mapped[str]
    probability: Mapped[float | None]
    boxes: Mapped[list[Any]]
    because: Mapped[dict[str, Any]]
    question_zh: Mapped[str | None]
    question_en: Mapped[str | None]
    model_id: Mapped[str]
    rule: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    dismiss_reason: Mapped[str | None]
    hazard_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("hazards.id", use_alter=True), index=True
    )
    photo: Mapped[PhotoRow] = relationship(back_populates="findings")


OPEN_ALONE: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("closed_on IS NULL")
)
"""Of an index that has the open records only, in both databases."""


class HazardRow(Base):
    """A confirmed hazard under treatment (隐患台账).

    Attributes:
        number: ``YH-2026-000001``, without gaps inside a year.
        found_on: Day of the inspection; chooses the clauses.
        source: ``supervision``, ``self-check`` or ``camera``.
        kind: Which state machine it follows, ``general`` or ``major``.
        status: Its state there.
        seen: How many findings it stands for: the same hazard seen again joins it.
        reopened: How often it came back after it was closed.
        closed_on: Day at the site when it came to an end of its machine; else ``None``.
        items: The seven items that 五落实 and 五到位 are printed from.
        fixers: Names of everybody who fixed it since it was last opened.
        after_photos: Ids of the photos of what was done since then.
        version: Rises with every act; of two at once only one can.
    """

    __tablename__ = "hazards"
    __table_args__ = (
        Index("ix_hazards_confirmed", "confirmed_at", "id"),
        Index("ix_hazards_status_confirmed", "status", "confirmed_at", "id"),
        Index("ix_hazards_enterprise_confirmed", "enterprise_id", "confirmed_at", "id"),
        Index("ix_hazards_grid_confirmed", "grid_id", "confirmed_at", "id"),
        # the day at the end is compared inside the index: what is newer than a period is skipped
        Index(
            "ix_hazards_grid_status_confirmed",
            "grid_id",
            "status",
            "confirmed_at",
            "id",
            "found_on",
        ),
        Index("ix_hazards_grid_deadline", "grid_id", "deadline", "id", **OPEN_ALONE),
        Index("ix_hazards_code_confirmed", "code", "confirmed_at", "id"),
        Index("ix_hazards_open_deadline", "closed_on", "deadline", "id"),
        Index("ix_hazards_year_found", "year", "found_on"),
        UniqueConstraint("year", "serial"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    serial: Mapped[int]
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("findings.id"), unique=True)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id"), index=True)
    code: Mapped[str]
    severity: Mapped[str]
    status: Mapped[str]
    site: Mapped[str | None] = mapped_column(index=True)
    checkpoint: Mapped[str | None]
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    checkpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("checkpoints.id"))
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspections.id"), index=True)
    source: Mapped[str] = mapped_column(default="supervision")
    found_on: Mapped[date]
    deadline: Mapped[date | None]
    note: Mapped[str | None]
    probability: Mapped[float | None]
    model_id: Mapped[str]
    rule: Mapped[str]
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(default="general")
    asked_deadline: Mapped[date | None]
    responsible: Mapped[str | None]
    measures: Mapped[str | None]
    level: Mapped[str | None]
    returns: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=1)
    reopened: Mapped[int] = mapped_column(default=0)
    closed_on: Mapped[date | None]
    items: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fixers: Mapped[list[Any]] = mapped_column(default=list)
    after_photos: Mapped[list[Any]] = mapped_column(default=list)
    penalties: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class HazardStepRow(Base):
    """One act on a hazard; never changed, never removed.

    Attributes:
        position: 0 is the first; together with the hazard it is there once, so that of two acts
            at the same moment one fails.
        evidence: What the actor brought: photos, records, numbers of documents.
        idempotency_key: The actor's own name for this act, with the actor before it.
    """

    __tablename__ = "hazard_steps"
    __table_args__ = (
        UniqueConstraint("hazard_id", "position"),
        Index("ix_hazard_steps_action_at", "action", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("hazards.id"))
    position: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str | None]
    evidence: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)


class NoticeRow(Base):
    """Something that somebody is to be told of a hazard, told once.

    Attributes:
        tell: In which part the receiver acts: ``inspector``, ``grid-leader``, ….
        due: Since which day; with hazard and receiver it is there once.
        read_by: Who has seen it first.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("hazard_id", "tell", "due"),
        Index("ix_notices_tell_at", "tell", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    hazard_id: Mapped[UUID] = mapped_column(ForeignKey("hazards.id"))
    tell: Mapped[str]
    due: Mapped[date]
    days_late: Mapped[int]
    text: Mapped[str]
    at: Mapped[datetime]
    read_by: Mapped[str | None]
    read_at: Mapped[datetime | None]


class SignedRecordRow(Base):
    """A record that both sides signed by hand; never changed.

    Attributes:
        kind: ``inspection``, ``recheck``, ``acceptance`` or ``revisit``.
        text: What both sides signed.
        office_signature: SHA-256 of the drawn signature's PNG; so is ``enterprise_signature``.
    """

    __tablename__ = "signed_records"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    hazard_id: Mapped[UUID | None] = mapped_column(ForeignKey("hazards.id"), index=True)
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspections.id"), index=True)
    text: Mapped[str]
    office_name: Mapped[str]
    office_signature: Mapped[str] = mapped_column(String(64))
    enterprise_name: Mapped[str]
    enterprise_signature: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    kept_by: Mapped[str]


class DocumentRow(Base):
    """A document that was made; its bytes lie in the file store.

    Attributes:
        number: ``〔2026〕12号`` with the office before it; ``None`` where the kind has none.
        sha256: Of the file.
    """

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("kind", "year", "serial"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    form: Mapped[str]
    number: Mapped[str | None]
    year: Mapped[int]
    serial: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64))
    hazard_id: Mapped[UUID | None] = mapped_column(ForeignKey("hazards.id"), index=True)
    inspection_id: Mapped[UUID | None] = mapped_column(ForeignKey("inspections.id"), index=True)
    enterprise_id: Mapped[UUID | None] = mapped_column(ForeignKey("enterprises.id"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class IdempotencyRow(Base):
    """What was answered to a request with an ``Idempotency-Key``.

    Attributes:
        key: With the asker's name before it: keys of different people never meet.
        fingerprint: SHA-256 of what was asked; the same key with something else is refused.
        made: Whether that request made the photo; else it was there already.
    """

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id"))
    made: Mapped[bool]
    created_at: Mapped[datetime]


class ShadowRow(Base):
    """What a shadow model said of a photo, compared with the answer that was given.

    Attributes:
        active_model: Who gave the answer.
        candidate_model: Who looked afterwards.
        elapsed_ms: From the bytes of the original to the candidate's findings.
        labels: Label to the objects that both saw, only the active and only the candidate saw,
            each at its own thresholds.
        findings: Code and both verdicts of each hazard of which they say something else.
        differs: Whether anything differs at all.
    """

    __tablename__ = "shadow_runs"
    __table_args__ = (
        Index("ix_shadow_runs_candidate_at", "candidate_model", "at"),
        UniqueConstraint("photo_id", "candidate_model"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id"))
    active_model: Mapped[str]
    candidate_model: Mapped[str]
    at: Mapped[datetime]
    elapsed_ms: Mapped[float]
    labels: Mapped[dict[str, Any]]
    findings: Mapped[list[Any]]
    differs: Mapped[bool]


class GridRow(Base):
    """One area of the park (网格), part of another or the whole.

    Attributes:
        code: The office's own name for it, stable.
        boundary: GeoJSON geometry, WGS 84; ``None`` where it is not drawn yet.
    """

    __tablename__ = "grids"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"), index=True)
    boundary: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class EnterpriseRow(Base):
    """An enterprise under supervision.

    Attributes:
        credit_code: Unified social credit code, checked before it is stored.
        grid_id: Where it lies; who is responsible for that grid, or one above it, sees it.
        tags: What it is supervised as.
        profile: What grading asks beside the ledger: sources, processes, and what is lacking.
        plans: Floor plans: id of the photo, floor, metres that the picture is wide.
        version: Rises with every change; two who change it at once cannot both.
    """

    __tablename__ = "enterprises"
    __table_args__ = (Index("ix_enterprises_grid_name", "grid_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    credit_code: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    tags: Mapped[list[Any]]
    size: Mapped[str | None]
    employees: Mapped[int | None]
    standardisation: Mapped[str]
    contact: Mapped[str | None]
    phone: Mapped[str | None]
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plans: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class CheckpointRow(Base):
    """A place in an enterprise that is looked at again and again.

    Attributes:
        token: What its QR code says; random, so that one is not guessed from another.
        baseline: Ids of one to five photos of how it should look.
        zones: Purpose and polygon of each, shares of the picture.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (UniqueConstraint("enterprise_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    token: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    place: Mapped[str | None]
    baseline: Mapped[list[Any]] = mapped_column(default=list)
    zones: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class CampaignRow(Base):
    """An inspection campaign (专项行动): a checklist, a list of targets, a period.

    Attributes:
        kind: ``season``, ``holiday``, ``sweep`` (清网行动), ``industry`` or ``other``.
    """

    __tablename__ = "campaigns"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    checklist: Mapped[str]
    begins: Mapped[date]
    ends: Mapped[date]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class CampaignTargetRow(Base):
    """An enterprise that a campaign is to visit."""

    __tablename__ = "campaign_targets"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    enterprise_id: Mapped[UUID] = mapped_column(
        ForeignKey("enterprises.id"), primary_key=True, index=True
    )


class InspectionRow(Base):
    """A visit to an enterprise, or an enterprise's own (自查).

    Attributes:
        kind: ``supervision`` or ``self``.
        status: ``planned``, ``running``, ``finished`` or ``cancelled``.
        answers: Number of the item to ``ok``, ``hazard`` or ``not-applicable`` and a note.
        summary: What was found, at the end.
    """

    __tablename__ = "inspections"
    __table_args__ = (
        Index("ix_inspections_planned", "planned_for", "id"),
        Index("ix_inspections_enterprise", "enterprise_id", "planned_for"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    status: Mapped[str]
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"), index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    checklist: Mapped[str]
    planned_for: Mapped[date]
    begun_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_by: Mapped[str]
    inspectors: Mapped[list[Any]] = mapped_column(default=list)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summary: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class RiskPointRow(Base):
    """A line of an enterprise's risk register: LEC with its three inputs.

    Attributes:
        score: D, the product, kept so that lists can sort by it; so is ``colour``.
        effective_from: A re-assessment ends one line and begins another; nothing is overwritten.
        review_due: By when it is to be assessed again.
    """

    __tablename__ = "risk_points"
    __table_args__ = (Index("ix_risk_points_enterprise", "enterprise_id", "effective_to"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    name: Mapped[str]
    place: Mapped[str]
    accident_type: Mapped[str]
    likelihood: Mapped[float]
    exposure: Mapped[float]
    consequence: Mapped[float]
    score: Mapped[float]
    colour: Mapped[str]
    measures: Mapped[str]
    department: Mapped[str]
    person: Mapped[str]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    review_due: Mapped[date]
    assessed_by: Mapped[str]
    supersedes: Mapped[UUID | None]


class AssessmentRow(Base):
    """The grade of an enterprise for a month, with every reason; never changed.

    Attributes:
        month: Its first day.
        listed: On which list the enterprise stands after it: 0 none, 1 observe, 2 priority.
        reasons: Side, what for, points.
        facts: What it was made from.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "month"),
        Index("ix_assessments_month_total", "month", "total"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    month: Mapped[date]
    rules_version: Mapped[str]
    risk: Mapped[float]
    sources: Mapped[float]
    process: Mapped[float]
    management: Mapped[float]
    base: Mapped[float]
    open_points: Mapped[float]
    total: Mapped[float]
    colour: Mapped[str]
    asks_for: Mapped[int]
    listed: Mapped[int]
    triggers: Mapped[list[Any]]
    reasons: Mapped[list[Any]]
    facts: Mapped[dict[str, Any]]
    graded_at: Mapped[datetime]
    graded_by: Mapped[str]


class AppealRow(Base):
    """What an enterprise says against a grade, and what came of it.

    Attributes:
        outcome: ``upheld`` (the enterprise was right), ``refused``; ``None`` while undecided.
    """

    __tablename__ = "appeals"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"), unique=True)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"), index=True)
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class ListChangeRow(Base):
    """A change of the list that an enterprise stands on; never changed."""

    __tablename__ = "list_changes"
    __table_args__ = (Index("ix_list_changes_enterprise", "enterprise_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"))
    before: Mapped[int]
    after: Mapped[int]
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class AccidentRow(Base):
    """An accident.

    Attributes:
        type_old: After GB 6441-1986; ``type_new`` after the revision of 2025.
    """

    __tablename__ = "accidents"
    __table_args__ = (Index("ix_accidents_happened", "happened_on", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"), index=True)
    happened_on: Mapped[date]
    place: Mapped[str]
    type_old: Mapped[str]
    type_new: Mapped[str]
    deaths: Mapped[int]
    injuries: Mapped[int]
    account: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class TalkRow(Base):
    """A talk with those responsible (约谈): invited, held, followed up.

    Attributes:
        status: ``invited``, ``held`` or ``followed-up``.
    """

    __tablename__ = "talks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"), index=True)
    reasons: Mapped[list[Any]]
    invited_for: Mapped[date]
    status: Mapped[str]
    record: Mapped[str | None]
    follow_up: Mapped[str | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class ExpertRow(Base):
    """An expert who may assess."""

    __tablename__ = "experts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    field: Mapped[str]
    employer: Mapped[str]
    phone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)


class PlanRow(Base):
    """An emergency plan of an enterprise, with the days of its review and drill."""

    __tablename__ = "emergency_plans"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enterprise_id: Mapped[UUID] = mapped_column(ForeignKey("enterprises.id"), index=True)
    name: Mapped[str]
    filed_on: Mapped[date]
    review_due: Mapped[date]
    drill_due: Mapped[date]
    last_drill: Mapped[date | None]


class AuditRow(Base):
    """Who did what, each row chained to the one before by its hash."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
