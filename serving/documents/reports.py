"""The documents that tell: enterprise file (一企一档) and inspection report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone
from uuid import UUID

from sqlalchemy.orm import Session

from serving.dependencies import Parts
from serving.documents.entries import Head, entry_of, party_of, signature_of
from serving.findings.service import Books
from serving.photos.annotated import annotated_picture
from wsai.documents.reports import (
    EnterpriseFile,
    Event,
    InspectionReport,
    ReportedFinding,
    RiskPoint,
)
from wsai.documents.values import HazardEntry, Picture, Signature
from wsai.errors import Conflict
from wsai.storage.documents import DocumentRepository
from wsai.storage.enterprises import EnterpriseRepository, GridRepository, enterprise_of
from wsai.storage.hazards import HazardFilter, HazardRepository
from wsai.storage.inspections import InspectionFilter, InspectionRepository
from wsai.storage.notices import SignedRecordRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.supervision import AssessmentRepository, ParkRepository, RiskRepository
from wsai.storage.tables import EnterpriseRow, FindingRow, InspectionRow
from wsai.supervision.grading import LIST_ZH, ListName
from wsai.supervision.lec import Lec

MOST_ENTRIES, MOST_PHOTOS, MOST_EVENTS = 50, 100, 60
"""An enterprise file shows the newest records with pictures; the Excel list has all of them."""

INSPECTED_ZH = {"supervision": "监督检查", "self": "企业自查"}
NOT_VISIBLE, DISMISSED = "not-visible", "dismissed"


def file_of(
    session: Session, parts: Parts, head: Head, owner: EnterpriseRow, books: Books
) -> EnterpriseFile:
    """Return everything about one enterprise as a document, its newest records with pictures."""
    rows = HazardRepository(session).page(
        HazardFilter(enterprise=owner.id), limit=MOST_ENTRIES, after=None
    )
    grades = AssessmentRepository(session).history(owner.id, limit=1)
    grade = None
    if grades:
        last = grades[0]
        listed = LIST_ZH[ListName(last.listed)]
        grade = f"{last.month:%Y-%m}：{last.total:g}分，{listed}"
    photos = PhotoRepository(session)
    return EnterpriseFile(
        **head.with_party(party_of(session, owner.id, None)),
        enterprise=enterprise_of(owner),
        grid=GridRepository(session).get(owner.grid_id).name if owner.grid_id else None,
        grade=grade,
        risks=tuple(
            RiskPoint(
                risk.name,
                Lec(risk.likelihood, risk.exposure, risk.consequence),
                risk.measures,
                risk.person,
            )
            for risk in RiskRepository(session).in_force(owner.id)
        ),
        hazards=tuple(
            entry_of(session, parts, row, books, with_after=row.closed_on is not None)
            for row in rows
        ),
        events=tuple(_events(session, owner, books)),
        plans=tuple(
            Picture(
                annotated_picture(photos.get(UUID(plan["photo_id"])), parts, "zh"),
                f"{plan['floor']}（宽 {plan['width_m']:g} m）",
            )
            for plan in owner.plans
        ),
    )


def _events(session: Session, owner: EnterpriseRow, books: Books) -> Iterator[Event]:
    """Yield inspections, accidents, grades and documents."""
    visits = InspectionRepository(session).page(
        InspectionFilter(enterprise=owner.id), limit=MOST_EVENTS, after=None
    )
    for visit in visits:
        if visit.status == "finished":
            lists = books.catalogue.checklists
            name = lists[visit.checklist].title_zh if visit.checklist in lists else visit.checklist
            yield Event(visit.planned_for, INSPECTED_ZH[visit.kind], f"按“{name}”检查")
    for accident in ParkRepository(session).accidents_of(owner.id):
        text = f"{accident.type_old}，死亡{accident.deaths}人，受伤{accident.injuries}人"
        yield Event(accident.happened_on, "事故", text)
    for grade in AssessmentRepository(session).history(owner.id, limit=12):
        listed = LIST_ZH[ListName(grade.listed)]
        yield Event(grade.month, "分级", f"{grade.total:g}分，{listed}")
    for made in DocumentRepository(session).about(
        hazard=None, inspection=None, enterprise=owner.id
    ):
        yield Event(made.made_at.date(), "文书", made.kind, made.number)


def report_of(
    session: Session, parts: Parts, head: Head, visit: InspectionRow, books: Books
) -> InspectionReport:
    """Return the report of an inspection: records, what is still suspected, what to look at.

    Raises:
        Conflict: The inspection has not begun.
    """
    if visit.begun_at is None:
        raise Conflict(f"the inspection is {visit.status}; its report is made once it has begun")
    local = timezone(timedelta(hours=books.utc_offset_hours))
    photos = PhotoRepository(session).page(limit=MOST_PHOTOS, after=None, inspection=visit.id)
    found = [finding for photo in photos for finding in photo.findings]
    by_id = {finding.id: finding for finding in found}
    rows = HazardRepository(session).page(
        HazardFilter(inspection=visit.id), limit=MOST_PHOTOS, after=None
    )
    told = [
        ReportedFinding(
            entry_of(session, parts, row, books, with_after=False),
            _because(by_id.get(row.finding_id)),
            tuple(books.catalogue.hazard(row.code).guidance("zh")),
            row.confirmed_by,
        )
        for row in rows
    ]
    waiting = [one for one in found if one.status == "open" and one.verdict != NOT_VISIBLE]
    told += [_suspected(one, parts, visit, books) for one in waiting]
    codes = {row.code for row in rows} | {one.code for one in waiting}
    unseen = sorted({one.code for one in found if one.verdict == NOT_VISIBLE} - codes)
    signed = SignedRecordRepository(session).of_inspection(visit.id)
    signatures = list[Signature]()
    if signed:
        day = signed[-1].signed_at.astimezone(local).date()
        signatures.append(
            signature_of(parts, signed[-1].office_name, signed[-1].office_signature, day)
        )
    owner = EnterpriseRepository(session).get(visit.enterprise_id)
    models = sorted({photo.model_id for photo in photos})
    return InspectionReport(
        **head.with_party(party_of(session, visit.enterprise_id, None)),
        place=owner.address,
        inspected_at=visit.begun_at.astimezone(local),
        inspectors=tuple(visit.inspectors),
        findings=tuple(told),
        unseen=tuple(books.catalogue.hazard(code).name("zh") for code in unseen)
        or ("照片未覆盖的部位",),
        model="、".join(models) or None,
        signatures=tuple(signatures),
    )


def _because(finding: FindingRow | None) -> str | None:
    return finding.because["zh"] if finding is not None else None


def _suspected(
    finding: FindingRow, parts: Parts, visit: InspectionRow, books: Books
) -> ReportedFinding:
    """Return what a model suspects and no person has decided yet."""
    hazard, photo = books.catalogue.hazard(finding.code), finding.photo
    entry = HazardEntry(
        number="待确认",
        description=hazard.name("zh"),
        found_on=visit.planned_for,
        place=photo.checkpoint or photo.site,
        category=hazard.category_zh,
        source="照片识别",
        pictures=(Picture(annotated_picture(photo, parts, "zh"), "识别结果"),),
    )
    return ReportedFinding(entry, finding.because["zh"], tuple(hazard.guidance("zh")), None)
