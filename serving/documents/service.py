"""Making documents from the ledger: read, numbered, written, kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from serving.access.service import Actor
from serving.dependencies import Parts
from serving.documents.entries import Head, entry_of, officer_of, party_of, plan_of, signature_of
from serving.documents.reports import file_of, report_of
from serving.documents.schemas import NewDocument
from serving.findings.service import Books
from wsai.documents.forms import (
    Document,
    InspectionRecord,
    Recheck,
    RectificationOrder,
    ReinspectionOpinion,
)
from wsai.documents.major_forms import DelistingNotice, MajorHazardNotice
from wsai.documents.numbering import DocumentKind, document_number, read_offices
from wsai.documents.values import (
    Citation,
    HazardEntry,
    Signature,
)
from wsai.documents.write import write
from wsai.errors import Conflict, InvalidRequest
from wsai.storage.audit import AuditLog
from wsai.storage.documents import DocumentRepository
from wsai.storage.enterprises import EnterpriseRepository
from wsai.storage.hazards import HazardFilter, HazardRepository
from wsai.storage.inspections import InspectionRepository
from wsai.storage.notices import SignedRecordRepository
from wsai.storage.tables import DocumentRow, HazardRow, HazardStepRow, InspectionRow
from wsai.storage.treatment import TreatmentRepository

MOST_HAZARDS = 200
ABOUT_HAZARD = frozenset(
    {
        DocumentKind.RECTIFICATION_ORDER,
        DocumentKind.REINSPECTION_OPINION,
        DocumentKind.MAJOR_HAZARD_NOTICE,
        DocumentKind.DELISTING_NOTICE,
    }
)


def make(
    session: Session, parts: Parts, asked: NewDocument, *, actor: Actor, books: Books
) -> DocumentRow:
    """Make a document: the next number of its kind and year, its bytes on the disk, its hash kept.

    Raises:
        NotFound: What it is about is not there, or the actor does not see it.
        ClauseUnverified: It would cite a clause that nobody compared, and nobody accepted that.
        InvalidRequest: It is about nothing, or what it needs has not been done yet.
    """
    office = read_offices().office(asked.office)
    documents = DocumentRepository(session)
    year = books.today.year
    serial = documents.next_serial(asked.kind.value, year)
    number = document_number(asked.kind, office=asked.office, year=year, serial=serial)
    head = Head(number, office, books.today)
    about: dict[str, UUID | None]
    if asked.kind in ABOUT_HAZARD:
        if asked.hazard_id is None:
            raise InvalidRequest(f"hazard_id: {asked.kind.value} is about a hazard")
        row = HazardRepository(session).get(asked.hazard_id, actor.sight)
        document = _about_hazard(session, parts, asked.kind, head, row, books)
        about = {"hazard_id": row.id, "enterprise_id": row.enterprise_id}
    elif asked.kind is DocumentKind.INSPECTION_RECORD:
        if asked.inspection_id is None:
            raise InvalidRequest("inspection_id: an inspection record is about an inspection")
        visit = InspectionRepository(session).get(asked.inspection_id, actor.sight)
        document = _about_inspection(session, parts, head, visit, books)
        about = {"inspection_id": visit.id, "enterprise_id": visit.enterprise_id}
    elif asked.kind is DocumentKind.INSPECTION_REPORT:
        if asked.inspection_id is None:
            raise InvalidRequest("inspection_id: an inspection report is about an inspection")
        visit = InspectionRepository(session).get(asked.inspection_id, actor.sight)
        document = report_of(session, parts, head, visit, books)
        about = {"inspection_id": visit.id, "enterprise_id": visit.enterprise_id}
    else:
        if asked.enterprise_id is None:
            raise InvalidRequest("enterprise_id: an enterprise file is about an enterprise")
        owner = EnterpriseRepository(session).get(asked.enterprise_id, actor.sight)
        document = file_of(session, parts, head, owner, books)
        about = {"enterprise_id": owner.id}
    content = write(
        document, form=asked.form, dated=books.today, accept_unverified=asked.accept_unverified
    )
    digest = parts.files.put_original(content)
    made = documents.add(
        DocumentRow(
            kind=asked.kind.value,
            form=asked.form.value,
            number=number,
            year=year,
            serial=serial,
            sha256=digest,
            made_at=books.now,
            made_by=actor.name,
            **about,
        )
    )
    AuditLog(session).append(
        at=books.now,
        actor=actor.name,
        action="document.made",
        subject=f"document:{made.id}",
        details={"number": number, "kind": made.kind, "form": made.form, "sha256": digest},
    )
    return made


def _about_hazard(
    session: Session, parts: Parts, kind: DocumentKind, head: Head, row: HazardRow, books: Books
) -> Document:
    given = head.with_party(party_of(session, row.enterprise_id, row.site))
    entry = entry_of(session, parts, row, books, with_after=kind is not _ORDER)
    steps = TreatmentRepository(session).steps(row.id)
    if kind is _ORDER:
        order = _last(steps, "order")
        if order is None:
            raise InvalidRequest(f"{row.number}: nothing was ordered yet")
        return RectificationOrder(
            **given, hazards=(entry,), officers=(officer_of(session, order.actor),)
        )
    if kind is DocumentKind.REINSPECTION_OPINION:
        return _opinion(session, given, entry, row, steps)
    if kind is DocumentKind.MAJOR_HAZARD_NOTICE:
        return _notice(given, entry, row, steps)
    return _delisting(session, given, entry, row, steps)


_ORDER = DocumentKind.RECTIFICATION_ORDER


def _opinion(
    session: Session,
    given: dict[str, Any],
    entry: HazardEntry,
    row: HazardRow,
    steps: Sequence[HazardStepRow],
) -> ReinspectionOpinion:
    said = _last(steps, "accept", "return")
    if said is None:
        raise InvalidRequest(f"{row.number}: nobody has rechecked it yet")
    ordered = DocumentRepository(session).latest(_ORDER.value, row.id)
    if ordered is None or ordered.number is None:
        raise InvalidRequest(f"{row.number}: make the order first; the opinion names its number")
    fixed = said.action == "accept"
    return ReinspectionOpinion(
        **given,
        order_number=ordered.number,
        ordered_on=ordered.made_at.date(),
        rechecks=(Recheck(entry, fixed, said.reason or ("已整改" if fixed else "未整改")),),
        next_step=None if fixed else "继续整改，逾期依法处理",
        officers=(officer_of(session, said.actor),),
    )


def _notice(
    given: dict[str, Any], entry: HazardEntry, row: HazardRow, steps: Sequence[HazardStepRow]
) -> MajorHazardNotice:
    determined, listed = _last(steps, "determine"), _last(steps, "list")
    if determined is None or listed is None or row.deadline is None or row.level is None:
        raise InvalidRequest(f"{row.number}: it is not listed (挂牌) yet")
    second = determined.evidence.get("second_officer", "")
    return MajorHazardNotice(
        **given,
        hazard=entry,
        basis=(Citation(determined.evidence["basis"], verified=False),),
        determined_by="、".join(filter(None, (determined.actor, second))),
        determined_on=determined.at.date(),
        level=row.level,
        supervisor=listed.actor,
        due=row.deadline,
        plan=plan_of(row),
    )


def _delisting(
    session: Session,
    given: dict[str, Any],
    entry: HazardEntry,
    row: HazardRow,
    steps: Sequence[HazardStepRow],
) -> DelistingNotice:
    notice = DocumentRepository(session).latest(DocumentKind.MAJOR_HAZARD_NOTICE.value, row.id)
    done = {name: _last(steps, name) for name in ("list", "assess-self", "accept", "cancel")}
    expert = _last(steps, "assess-by-expert")
    listed, assessed, accepted, cancelled = done.values()
    if listed is None or assessed is None or accepted is None or cancelled is None:
        raise InvalidRequest(f"{row.number}: it is not cancelled (核销) yet")
    if notice is None or notice.number is None:
        raise InvalidRequest(f"{row.number}: make the notice first; this one names its number")
    return DelistingNotice(
        **given,
        hazard=entry,
        notice_number=notice.number,
        listed_on=listed.at.date(),
        level=row.level or "",
        self_assessed_on=assessed.at.date(),
        experts=expert.evidence.get("reference", "") if expert else "",
        accepted_on=accepted.at.date(),
        accepted_by=accepted.actor,
        cancelled_on=cancelled.at.date(),
        plan=plan_of(row),
    )


def _about_inspection(
    session: Session, parts: Parts, head: Head, visit: InspectionRow, books: Books
) -> InspectionRecord:
    if visit.finished_at is None or visit.begun_at is None:
        raise Conflict(f"the inspection is {visit.status}; its record is made at the end")
    local = timezone(timedelta(hours=books.utc_offset_hours))
    rows = HazardRepository(session).page(
        HazardFilter(inspection=visit.id), limit=MOST_HAZARDS, after=None
    )
    owner = EnterpriseRepository(session).get(visit.enterprise_id)
    signed = SignedRecordRepository(session).of_inspection(visit.id)
    officer, party = list[Signature](), list[Signature]()
    if signed:
        last = signed[-1]
        day = last.signed_at.astimezone(local).date()
        officer.append(signature_of(parts, last.office_name, last.office_signature, day))
        party.append(signature_of(parts, last.enterprise_name, last.enterprise_signature, day))
    return InspectionRecord(
        **head.with_party(party_of(session, visit.enterprise_id, None)),
        place=owner.address,
        began=visit.begun_at.astimezone(local),
        ended=visit.finished_at.astimezone(local),
        officers=tuple(officer_of(session, name) for name in visit.inspectors),
        hazards=tuple(entry_of(session, parts, row, books, with_after=False) for row in rows),
        remark=visit.summary,
        officer_signatures=tuple(officer),
        party_signatures=tuple(party),
    )


def _last(steps: Sequence[HazardStepRow], *actions: str) -> HazardStepRow | None:
    return next((step for step in reversed(steps) if step.action in actions), None)
