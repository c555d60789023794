"""Acts on hazards: what they take is looked up and checked here, what they do in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import Parts
from serving.findings.schemas import finding_of
from serving.findings.service import Books
from serving.hazards.schemas import ActRequest, Items
from serving.photos.annotated import diagnosis_of
from wsai.catalogue.severity import Severity
from wsai.diagnosis.findings import Finding
from wsai.diagnosis.rectification import compare_photos
from wsai.errors import Conflict, InvalidRequest, NotFound
from wsai.ledger.escalation import notices, read_ladder
from wsai.ledger.machine import Act
from wsai.storage.access import AccessRepository
from wsai.storage.audit import AuditLog
from wsai.storage.hazards import HazardRepository
from wsai.storage.notices import NoticeRepository, SignedRecordRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import HazardRow, HazardStepRow, PhotoRow
from wsai.storage.treatment import TreatmentRepository, case_of
from wsai.supervision.access import Role
from wsai.vision.images import ImageLimits, decode
from wsai.vision.picture import Picture

COMPARED_PX = 640
COMPARED = frozenset({"submit", "fix-on-spot", "assess-self"})
OFFICERS = frozenset({Role.ENFORCEMENT, Role.DEPARTMENT})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An act as it is asked for.

    Attributes:
        action: As in the ledger's machines.
        said: What it takes.
        idempotency_key: The asker's own name for it.
        evidence: What WSAI adds: what it sees on the after-photos.
    """

    action: str
    said: ActRequest
    idempotency_key: str | None = None
    evidence: dict[str, Any] | None = None


def act(
    session: Session, hazard_id: UUID, wanted: Wanted, *, actor: Actor, books: Books
) -> HazardRow:
    """Do something to a hazard.

    Raises:
        NotFound: There is no such record, photo or signed record, or the actor does not see it.
        Conflict: It cannot be done in this state, or somebody else acted at the same time.
        Forbidden: The actor's role may not.
        InvalidRequest: Something that the act takes is missing or contradicts the record.
    """
    row = HazardRepository(session).get(hazard_id, actor.sight)
    what = _act_of(session, row, wanted, actor, books.now)
    key = f"{actor.name}\x1f{wanted.idempotency_key}" if wanted.idempotency_key else None
    step = TreatmentRepository(session).act(
        row, what, today=books.today, idempotency_key=key, more=wanted.evidence
    )
    AuditLog(session).append(
        at=books.now,
        actor=actor.name,
        action=f"hazard.{wanted.action}",
        subject=f"hazard:{row.id}",
        details={"number": row.number, "before": step.before, "after": step.after}
        | ({"reason": step.reason} if step.reason else {})
        | ({"evidence": step.evidence} if step.evidence else {}),
    )
    return row


def answered(
    session: Session, hazard_id: UUID, action: str, key: str | None, actor: Actor
) -> HazardRow | None:
    """Return the record, if this act was done under this key already.

    Raises:
        Conflict: The key was used for another act.
    """
    if not key:
        return None
    step = TreatmentRepository(session).answered(f"{actor.name}\x1f{key}")
    if step is None:
        return None
    if (step.hazard_id, step.action) != (hazard_id, action):
        raise Conflict("This Idempotency-Key was used for another act. Use a new key for each.")
    return HazardRepository(session).get(hazard_id, actor.sight)


def _act_of(session: Session, row: HazardRow, wanted: Wanted, actor: Actor, now: datetime) -> Act:
    said = wanted.said
    for photo_id in said.after_photos:
        _check_after_photo(PhotoRepository(session).get(photo_id, actor.sight), row)
    if said.signed_record is not None:
        _check_signed(session, said.signed_record, row)
    if said.second_officer:
        _check_officer(session, said.second_officer)
    return Act(
        action=wanted.action,
        actor=actor.ledger(),
        at=now,
        reason=(said.reason or "").strip() or None,
        after_photos=tuple(str(photo) for photo in said.after_photos),
        signed_record=str(said.signed_record) if said.signed_record else None,
        responsible=said.responsible,
        measures=said.measures,
        deadline=said.deadline,
        basis=said.basis,
        second_officer=said.second_officer,
        six_items=tuple(said.six_items),
        level=said.level,
        reference=said.reference,
        receiver=said.receiver,
    )


def _check_after_photo(photo: PhotoRow, row: HazardRow) -> None:
    if photo.id == row.photo_id:
        raise InvalidRequest("after_photos: that is the photo on which the hazard was found")
    if photo.enterprise_id != row.enterprise_id:
        raise InvalidRequest(f"after_photos: {photo.id} is a photo of another enterprise")
    if photo.received_at < row.confirmed_at:
        raise InvalidRequest(f"after_photos: {photo.id} came before the hazard was confirmed")


def _check_signed(session: Session, record_id: UUID, row: HazardRow) -> None:
    record = SignedRecordRepository(session).get(record_id)
    if record.hazard_id != row.id:
        raise InvalidRequest(f"signed_record: {record_id} is about another hazard")
    steps = TreatmentRepository(session).steps(row.id)
    done = [step.at for step in steps if step.action in COMPARED]
    if done and record.signed_at < done[-1]:
        raise InvalidRequest(
            "signed_record: it was signed before the last rectification was submitted"
        )


def _check_officer(session: Session, name: str) -> None:
    account = AccessRepository(session).account(name)
    if account is None or account.disabled_at is not None or account.role not in OFFICERS:
        raise InvalidRequest(f"second_officer: {name} is no officer who could have been there")


def write_items(
    session: Session, hazard_id: UUID, items: Items, *, actor: Actor, now: datetime
) -> HazardRow:
    """Write some of the seven items of a record; those left out stay.

    Raises:
        NotFound: There is no such record, or the actor does not see it.
        Conflict: It has come to its end.
    """
    row = HazardRepository(session).get(hazard_id, actor.sight)
    if row.closed_on is not None:
        raise Conflict(f"{row.number} was closed on {row.closed_on}; nothing is written any more")
    given = items.model_dump(exclude_none=True)
    row.items = {**row.items, **given}
    session.flush()
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="hazard.items-written",
        subject=f"hazard:{row.id}",
        details={"number": row.number, "items": given},
    )
    return row


def compared(
    session: Session, parts: Parts, hazard_id: UUID, after: Sequence[UUID], actor: Actor
) -> dict[str, Any]:
    """Return what WSAI sees on after-photos, as evidence of the act; a person decides.

    Raises:
        NotFound: Record or photo are not there, or the actor does not see them.
    """
    row = HazardRepository(session).get(hazard_id, actor.sight)
    photos = PhotoRepository(session)
    before, hazard = photos.get(row.photo_id), finding_of(photos.finding(row.finding_id))
    said = [
        _comparison(parts, hazard, before, photos.get(photo_id, actor.sight)) for photo_id in after
    ]
    return {"rectification": said} if said else {}


def _comparison(parts: Parts, hazard: Finding, before: PhotoRow, after: PhotoRow) -> dict[str, Any]:
    diagnosis = diagnosis_of(after)
    try:
        first, second = _opened(parts, before), _opened(parts, after)
    except NotFound:  # an original that was removed under retention proves nothing either way
        return {"photo": str(after.id), "outcome": "cant-tell", "zh": "原始照片已不在", "en": ""}
    with parts.inference:
        said = compare_photos(hazard, first, second, diagnosis.findings, diagnosis.detections)
    return {
        "photo": str(after.id),
        "outcome": said.outcome.value,
        "zh": said.zh,
        "en": said.en,
        "same_place": said.same_place,
        "where": [[round(v, 1) for v in box] for box in said.where],
        "model": after.model_id,
    }


def _opened(parts: Parts, photo: PhotoRow) -> Picture:
    data = parts.files.original(photo.sha256)
    limits = ImageLimits(len(data), photo.width * photo.height, max(photo.width, photo.height))
    return decode(data, limits=limits, at_least_px=COMPARED_PX)


def escalate(session: Session, *, today: date, now: datetime) -> int:
    """Write a notice for everybody who is to be told of a late hazard, once.

    Returns:
        How many are new.
    """
    ladder = read_ladder()
    first = min(rung.after_days for severity in Severity for rung in ladder.of(severity))
    rows = HazardRepository(session).due(today + timedelta(days=max(0, -first)))
    told = NoticeRepository(session).told([row.id for row in rows])
    new: list[dict[str, object]] = []
    for row in rows:
        known = told.get(row.id, set())
        for notice in notices(case_of(row), Severity(row.severity), today, told=known):
            new.append(
                {
                    "id": uuid4(),
                    "hazard_id": row.id,
                    "tell": notice.tell.value,
                    "due": notice.due,
                    "days_late": notice.days_late,
                    "text": notice.zh,
                    "at": now,
                }
            )
    NoticeRepository(session).add(new)
    if new:
        AuditLog(session).append(
            at=now,
            actor="wsai",
            action="hazard.escalated",
            subject=f"day:{today}",
            details={"notices": len(new), "ladder": ladder.version},
        )
    return len(new)


def history(session: Session, hazard_id: UUID) -> list[HazardStepRow]:
    """Return everything that was done to a hazard, oldest first."""
    return TreatmentRepository(session).steps(hazard_id)
