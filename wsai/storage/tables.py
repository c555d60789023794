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
        role: ``inspector`` or ``admin``.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


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
    """A key for a machine; kept as its hash alone."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SetupRow(Base):
    """The one-time link that creates the administrator; at most one row."""

    __tablename__ = "setup_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]


class PhotoRow(Base):
    """A photo as it came, and what the model saw on it.

    Attributes:
        sha256: Of the original; its file's name, and what makes a photo the same again.
        gps_latitude: Kept apart from everything that is shown.
        detections: Label, score and box of each object, boxes in pixels of the original.
        uploaded_by: Name of the account or key.
    """

    __tablename__ = "photos"
    __table_args__ = (Index("ix_photos_received", "received_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
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
    photo: Mapped[PhotoRow] = relationship(back_populates="findings")
    hazard: Mapped[HazardRow | None] = relationship(back_populates="finding", lazy="selectin")


class HazardRow(Base):
    """A confirmed hazard under treatment (隐患台账).

    Attributes:
        number: ``YH-2026-000001``, without gaps inside a year.
        found_on: Day of the inspection; chooses the clauses.
        kind: Which state machine it follows, ``general`` or ``major``.
        status: Its state there.
        fixers: Names of everybody who fixed it since it was last opened.
        after_photos: Ids of the photos of what was done since then.
        version: Rises with every act; of two at once only one can.
    """

    __tablename__ = "hazards"
    __table_args__ = (
        Index("ix_hazards_confirmed", "confirmed_at", "id"),
        Index("ix_hazards_status_confirmed", "status", "confirmed_at"),
        UniqueConstraint("year", "serial"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(unique=True)
    year: Mapped[int]
    serial: Mapped[int]
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("findings.id"), unique=True)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id"), index=True)
    code: Mapped[str] = mapped_column(index=True)
    severity: Mapped[str]
    status: Mapped[str]
    site: Mapped[str | None] = mapped_column(index=True)
    checkpoint: Mapped[str | None]
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
    fixers: Mapped[list[Any]] = mapped_column(default=list)
    after_photos: Mapped[list[Any]] = mapped_column(default=list)
    penalties: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    finding: Mapped[FindingRow] = relationship(back_populates="hazard")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class HazardStepRow(Base):
    """One act on a hazard; never changed, never removed.

    Attributes:
        position: 0 is the first; together with the hazard it is there once, so that of two acts
            at the same moment one fails.
        evidence: What the actor brought: photos, records, numbers of documents.
    """

    __tablename__ = "hazard_steps"
    __table_args__ = (UniqueConstraint("hazard_id", "position"),)

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
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


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
