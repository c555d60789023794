"""An inspection from its plan to both signatures."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.findings.service import Books
from serving.inspections.schemas import Answers, Finish, InspectionSheet, NewInspection, read_sheet
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.hazards import Lang
from wsai.errors import Conflict, Forbidden, InvalidRequest
from wsai.storage.audit import AuditLog
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.hazards import HazardFilter, HazardRepository
from wsai.storage.inspections import CampaignRepository, InspectionRepository
from wsai.storage.notices import SignedRecordRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import InspectionRow
from wsai.supervision.access import ENTERPRISE

MOST_PHOTOS, MOST_HAZARDS = 500, 500
NAMED = 5
"""How many open items an error names before it counts."""


def plan(session: Session, asked: NewInspection, *, actor: Actor, books: Books) -> InspectionRow:
    """Plan an inspection; somebody of an enterprise plans its own.

    Raises:
        NotFound: Enterprise, checklist or campaign are not there.
        InvalidRequest: The campaign has another checklist.
    """
    owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
    books.catalogue.checklist(asked.checklist)
    if asked.campaign_id is not None:
        campaign = CampaignRepository(session).get(asked.campaign_id)
        if campaign.checklist != asked.checklist:
            raise InvalidRequest(f"checklist: the campaign inspects by {campaign.checklist}")
    row = InspectionRepository(session).add(
        InspectionRow(
            kind="self" if actor.role in ENTERPRISE else "supervision",
            status="planned",
            enterprise_id=owner.id,
            grid_id=owner.grid_id,
            campaign_id=asked.campaign_id,
            checklist=asked.checklist,
            planned_for=asked.planned_for,
            created_by=actor.name,
            inspectors=asked.inspectors or [actor.name],
            answers={},
        )
    )
    _note(session, row, "planned", actor, books)
    return row


def begin(session: Session, row: InspectionRow, *, actor: Actor, books: Books) -> InspectionRow:
    """Begin an inspection.

    Raises:
        Conflict: It was begun or cancelled already.
        Forbidden: It is the other side's.
    """
    _check_side(row, actor)
    _check_status(row, "planned")
    row.status, row.begun_at = "running", books.now
    InspectionRepository(session).changed(row)
    _note(session, row, "begun", actor, books)
    return row


def answer(
    session: Session, row: InspectionRow, asked: Answers, *, actor: Actor, books: Books
) -> InspectionRow:
    """Write answers; the last one of an item counts.

    Raises:
        Conflict: The inspection is not running.
        Forbidden: It is the other side's.
        InvalidRequest: There is no such item.
    """
    _check_side(row, actor)
    _check_status(row, "running")
    known = {item.number for item in books.catalogue.checklist(row.checklist).items}
    if strange := sorted(set(asked.answers) - known):
        raise InvalidRequest(f"answers: {row.checklist} has no item {strange[0]}")
    given = {
        number: said.model_dump() | {"by": actor.name} for number, said in asked.answers.items()
    }
    row.answers = {**row.answers, **given}
    return InspectionRepository(session).changed(row)


def finish(
    session: Session, row: InspectionRow, asked: Finish, *, actor: Actor, books: Books
) -> InspectionRow:
    """Finish an inspection: every item answered, every hazard recorded, both sides signed.

    Raises:
        Conflict: The inspection is not running.
        Forbidden: It is the other side's.
        InvalidRequest: Something is missing; the message says what.
    """
    _check_side(row, actor)
    _check_status(row, "running")
    items = books.catalogue.checklist(row.checklist).items
    if missing := [item.number for item in items if item.number not in row.answers]:
        raise InvalidRequest(f"not answered yet: {_named(missing)}")
    recorded = {
        hazard.code
        for hazard in HazardRepository(session).page(
            HazardFilter(inspection=row.id), limit=MOST_HAZARDS, after=None
        )
    }
    recorded |= _joined_codes(session, row)
    unrecorded = [
        item.number
        for item in items
        if row.answers[item.number]["answer"] == "hazard" and item.code not in recorded
    ]
    if unrecorded:
        raise InvalidRequest(
            f"answered as a hazard without a record: {_named(unrecorded)}; photograph and confirm"
        )
    if row.kind == "supervision":
        _check_signed(session, row, asked)
    row.status, row.finished_at, row.summary = "finished", books.now, asked.summary
    InspectionRepository(session).changed(row)
    _note(session, row, "finished", actor, books)
    return row


def cancel(session: Session, row: InspectionRow, *, actor: Actor, books: Books) -> InspectionRow:
    """Cancel an inspection that is not finished.

    Raises:
        Conflict: It is finished or cancelled.
        Forbidden: It is the other side's.
    """
    _check_side(row, actor)
    if row.status not in {"planned", "running"}:
        raise Conflict(f"the inspection is {row.status}")
    row.status = "cancelled"
    InspectionRepository(session).changed(row)
    _note(session, row, "cancelled", actor, books)
    return row


def sheet(
    session: Session, row: InspectionRow, catalogue: Catalogue, lang: Lang
) -> InspectionSheet:
    """Return an inspection with its checklist and what WSAI saw on its photos."""
    photos = PhotoRepository(session).page(limit=MOST_PHOTOS, after=None, inspection=row.id)
    findings: dict[str, list[dict[str, Any]]] = {}
    for photo in photos:
        for found in photo.findings:
            findings.setdefault(found.code, []).append(
                {
                    "id": found.id,
                    "photo_id": photo.id,
                    "verdict": found.verdict,
                    "probability": found.probability,
                    "status": found.status,
                }
            )
    hazards = HazardRepository(session).page(
        HazardFilter(inspection=row.id), limit=MOST_HAZARDS, after=None
    )
    return read_sheet(
        row,
        catalogue,
        lang,
        findings=findings,
        photos=[photo.id for photo in photos],
        hazards=[hazard.id for hazard in hazards],
    )


def _joined_codes(session: Session, row: InspectionRow) -> set[str]:
    """Return the codes of findings of this inspection that joined a record from before."""
    photos = PhotoRepository(session).page(limit=MOST_PHOTOS, after=None, inspection=row.id)
    return {
        finding.code
        for photo in photos
        for finding in photo.findings
        if finding.hazard_id is not None
    }


def _check_signed(session: Session, row: InspectionRow, asked: Finish) -> None:
    if asked.signed_record is None:
        raise InvalidRequest("signed_record: both sides sign before the inspection ends")
    record = SignedRecordRepository(session).get(asked.signed_record)
    if record.inspection_id != row.id:
        raise InvalidRequest("signed_record: it is about another inspection")


def _check_side(row: InspectionRow, actor: Actor) -> None:
    if (row.kind == "self") != (actor.role in ENTERPRISE):
        raise Forbidden("An office inspects for itself, and an enterprise for itself.")


def _check_status(row: InspectionRow, wanted: str) -> None:
    if row.status != wanted:
        raise Conflict(f"the inspection is {row.status}, not {wanted}")


def _named(numbers: list[str]) -> str:
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return ", ".join(numbers[:NAMED]) + more


def _note(session: Session, row: InspectionRow, what: str, actor: Actor, books: Books) -> None:
    AuditLog(session).append(
        at=books.now,
        actor=actor.name,
        action=f"inspection.{what}",
        subject=f"inspection:{row.id}",
        details={"kind": row.kind, "checklist": row.checklist, "answered": len(row.answers)},
    )
