"""What a person says of a finding: it is a hazard, or it is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from uuid import UUID

from sqlalchemy.orm import Session

from serving.access.service import Actor, Role
from serving.findings.schemas import Pointed
from wsai.catalogue.catalogue import Catalogue
from wsai.catalogue.severity import Severity
from wsai.errors import Conflict, InvalidRequest
from wsai.ledger.machine import Act, acts_for
from wsai.ledger.machine import Actor as LedgerActor
from wsai.ledger.machine import Role as LedgerRole
from wsai.ledger.record import HazardRecord, Source
from wsai.ledger.recurrence import Again, back_by, seen_again
from wsai.storage.audit import AuditLog
from wsai.storage.hazards import HazardRepository, Place
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import FindingRow, HazardRow, PhotoRow
from wsai.storage.treatment import TreatmentRepository, case_of
from wsai.supervision.access import ENTERPRISE

BY_HAND, POINTED_RULE = "person", "person/pointed-out@1"
"""What stands where other findings name their model and rule."""


def inspection_day(photo: PhotoRow, utc_offset_hours: float) -> date:
    """Return the day of the inspection at the site: when the photo was taken, else received.

    A camera whose clock runs ahead is not believed.
    """
    taken = photo.taken_at
    moment = taken if taken is not None and taken <= photo.received_at else photo.received_at
    return _day(moment, utc_offset_hours)


def _day(moment: datetime, utc_offset_hours: float) -> date:
    return moment.astimezone(timezone(timedelta(hours=utc_offset_hours))).date()


@dataclass(frozen=True, slots=True)
class Word:
    """What a person adds when confirming; all optional."""

    note: str | None = None
    deadline: date | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """What the ledger is kept with.

    Attributes:
        utc_offset_hours: Of the site; chooses the day.
    """

    catalogue: Catalogue
    now: datetime
    utc_offset_hours: float

    @property
    def today(self) -> date:
        """Return the day at the site."""
        return _day(self.now, self.utc_offset_hours)


NO_WORD = Word()


def confirm(
    session: Session, finding_id: UUID, *, actor: Actor, books: Books, word: Word = NO_WORD
) -> HazardRow:
    """Make a hazard record of a finding, or let it join the record of the same hazard.

    The same code at the same place is the same hazard: while its record is open the finding joins
    it; after it was closed the record comes back, with its history.

    Raises:
        NotFound: There is no such finding, or the actor does not see it.
        Conflict: It was decided already.
        InvalidRequest: A code is given that cannot be, or the deadline lies before the day of the
            inspection, or years after.
    """
    photos, hazards = PhotoRepository(session), HazardRepository(session)
    finding = photos.finding(finding_id, actor.sight)
    photo = finding.photo
    code = _code(finding, word, books)
    record = _record(finding, code, photo, actor, books, word)
    photos.decide(finding, status="confirmed", by=actor.name, at=books.now, reason=None)
    place = Place(photo.enterprise_id, photo.checkpoint_id, photo.site, photo.checkpoint)
    before = hazards.same(code, place)
    again = seen_again(case_of(before) if before else None)
    if before is not None and again is Again.REOPEN and _can_reopen(before, actor):
        row = _reopened(session, before, record, actor, books)
        hazards.join(finding.id, row)
    elif before is not None and again is Again.JOIN:
        row = before
        hazards.join(finding.id, row)
    else:
        again = Again.NEW
        row = hazards.add(record)
    details = {"hazard": row.number, "code": row.code, "model": record.model_id}
    AuditLog(session).append(
        at=books.now,
        actor=actor.name,
        action="finding.confirmed",
        subject=f"finding:{finding.id}",
        details=details | {"rule": record.rule, "again": again.value},
    )
    session.refresh(finding)
    return row


def point_out(
    session: Session, photo_id: UUID, said: Pointed, *, actor: Actor, books: Books
) -> HazardRow:
    """Make a record of a hazard that a person sees on a photo and no model found.

    Raises:
        NotFound: There is no such photo, or no such hazard.
        InvalidRequest: A box lies outside the photo or is none.
        Conflict: A finding of this hazard waits on this photo; it is to be confirmed instead.
    """
    photos = PhotoRepository(session)
    photo = photos.get(photo_id, actor.sight)
    books.catalogue.hazard(said.code)
    for left, top, right, bottom in said.boxes:
        if not (0 <= left < right <= photo.width and 0 <= top < bottom <= photo.height):
            raise InvalidRequest(
                f"boxes: {[left, top, right, bottom]} does not lie in the photo of "
                f"{photo.width}x{photo.height}; write left, top, right, bottom"
            )
    waiting = [
        one
        for one in photo.findings
        if (one.code, one.status) == (said.code, "open") and one.verdict != "not-visible"
    ]
    if waiting:
        raise Conflict(f"the photo has a finding of {said.code} already; confirm {waiting[0].id}")
    finding = photos.add_finding(
        photo,
        FindingRow(
            position=len(photo.findings),
            code=said.code,
            verdict="hazard",
            probability=None,
            boxes=[list(box) for box in said.boxes],
            because={
                "relation": "pointed-out",
                "zh": f"{actor.name}在照片上指出",
                "en": f"Pointed out on the photo by {actor.name}",
                "objects": [],
            },
            model_id=BY_HAND,
            rule=POINTED_RULE,
            status="open",
        ),
    )
    return confirm(
        session, finding.id, actor=actor, books=books, word=Word(said.note, said.deadline)
    )


def _code(finding: FindingRow, word: Word, books: Books) -> str:
    """Return of which hazard the record is.

    Raises:
        NotFound: There is no such hazard.
        InvalidRequest: A code is given for a finding that is of one hazard already.
    """
    if word.code is None or word.code == finding.code:
        return finding.code
    if not finding.because.get("nearest"):
        raise InvalidRequest(
            f"code: this finding is of {finding.code}; dismiss it and point out the other hazard"
        )
    books.catalogue.hazard(word.code)
    return word.code


def _record(
    finding: FindingRow, code: str, photo: PhotoRow, actor: Actor, books: Books, word: Word
) -> HazardRecord:
    severity = books.catalogue.hazard(code).severity
    found_on = inspection_day(photo, books.utc_offset_hours)
    # the treatment plan of a major hazard says by when; nobody else does
    proposed = (
        None if severity is Severity.MAJOR else books.catalogue.proposed_deadline(code, found_on)
    )
    return HazardRecord(
        finding_id=finding.id,
        photo_id=photo.id,
        code=code,
        severity=severity,
        site=photo.site,
        checkpoint=photo.checkpoint,
        found_on=found_on,
        deadline=word.deadline or proposed,
        note=word.note,
        probability=finding.probability,
        model_id=finding.model_id,
        rule=finding.rule,
        confirmed_by=actor.name,
        confirmed_at=books.now,
        registered_on=books.today,
        enterprise_id=photo.enterprise_id,
        grid_id=photo.grid_id,
        checkpoint_id=photo.checkpoint_id,
        inspection_id=photo.inspection_id,
        source=Source.SELF_CHECK if actor.role in ENTERPRISE else Source.SUPERVISION,
    )


def _can_reopen(row: HazardRow, actor: Actor) -> bool:
    action = back_by(case_of(row))
    return action is not None and action in acts_for(case_of(row), _part(actor).role)


def _part(actor: Actor) -> LedgerActor:
    """Return in which part somebody confirms; an administrator stands in for an inspector."""
    if actor.role is Role.ADMIN:
        return LedgerActor(actor.name, LedgerRole.INSPECTOR)
    return actor.ledger()


def _reopened(
    session: Session, row: HazardRow, record: HazardRecord, actor: Actor, books: Books
) -> HazardRow:
    action = back_by(case_of(row))
    assert action is not None
    what = Act(action, _part(actor), books.now, reason=f"再次发现，照片 {record.photo_id}")
    TreatmentRepository(session).act(row, what, today=books.today)
    row.reopened += 1
    row.deadline = record.deadline
    session.flush()
    return row


def dismiss(
    session: Session, finding_id: UUID, *, actor: Actor, reason: str, now: datetime
) -> FindingRow:
    """Record that a finding is none, and why.

    Raises:
        NotFound: There is no such finding.
        Conflict: It was decided already.
        InvalidRequest: The reason is blank.
    """
    if not reason.strip():
        raise InvalidRequest("reason: say in a few words why this is no hazard.")
    photos = PhotoRepository(session)
    finding = photos.finding(finding_id, actor.sight)
    photos.decide(finding, status="dismissed", by=actor.name, at=now, reason=reason.strip())
    AuditLog(session).append(
        at=now,
        actor=actor.name,
        action="finding.dismissed",
        subject=f"finding:{finding.id}",
        details={"reason": reason.strip(), "code": finding.code},
    )
    return finding
