"""Acts on hazards in the database: row and history change together, of two at once one wins."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from rows import NOON, finding_row, photo_row, record_of
from sqlalchemy.orm import Session, sessionmaker

from wsai.errors import Conflict, Forbidden, InvalidRequest
from wsai.ledger.machine import Act, Actor, Role
from wsai.storage.hazards import HazardRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import HazardRow, HazardStepRow
from wsai.storage.treatment import TreatmentRepository, case_of

Sessions = sessionmaker[Session]
WANG, FACTORY = Actor("网格员王", Role.INSPECTOR), Actor("企业钱", Role.ENTERPRISE)
ORDER = Act(
    "order",
    WANG,
    NOON,
    responsible="企业钱",
    measures="加装护罩",
    deadline=date(2026, 12, 24),
)


@pytest.fixture
def hazard_id(sessions: Sessions) -> UUID:
    with sessions.begin() as session:
        photo = PhotoRepository(session).add(photo_row(findings=[finding_row()]))
        return HazardRepository(session).add(record_of(photo.findings[0])).id


def do(sessions: Sessions, hazard_id: UUID, *acts: Act) -> HazardRow:
    with sessions.begin() as session:
        row = HazardRepository(session).get(hazard_id)
        for what in acts:
            TreatmentRepository(session).act(row, what, today=NOON.date())
        return row


def steps(sessions: Sessions, hazard_id: UUID) -> list[HazardStepRow]:
    with sessions() as session:
        return TreatmentRepository(session).steps(hazard_id)


def test_an_order_is_kept_with_who_when_and_what(sessions: Sessions, hazard_id: UUID) -> None:
    do(sessions, hazard_id, ORDER)
    with sessions() as session:
        row = HazardRepository(session).get(hazard_id)
    assert (row.status, row.responsible, row.measures) == ("ordered", "企业钱", "加装护罩")
    assert (row.deadline, row.fixers, row.version) == (date(2026, 12, 24), ["企业钱"], 2)
    (step,) = steps(sessions, hazard_id)
    assert (step.position, step.actor, step.role, step.at) == (0, "网格员王", "inspector", NOON)
    assert (step.before, step.after) == ("registered", "ordered")
    assert step.evidence == {
        "responsible": "企业钱",
        "measures": "加装护罩",
        "deadline": "2026-12-24",
    }


def test_all_the_way_to_closed(sessions: Sessions, hazard_id: UUID) -> None:
    row = do(
        sessions,
        hazard_id,
        ORDER,
        Act("begin", FACTORY, NOON),
        Act("submit", FACTORY, NOON, after_photos=("p1", "p2")),
        Act("recheck", WANG, NOON),
        Act("accept", WANG, NOON, signed_record="r1"),
    )
    assert (row.status, row.after_photos) == ("closed", ["p1", "p2"])
    assert case_of(row).ended
    assert [s.position for s in steps(sessions, hazard_id)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (Act("accept", WANG, NOON, signed_record="r"), Conflict),
        (replace(ORDER, actor=FACTORY), Forbidden),
        (replace(ORDER, measures=" "), InvalidRequest),
    ],
)
def test_what_is_refused_changes_nothing(
    sessions: Sessions, hazard_id: UUID, what: Act, error: type[Exception]
) -> None:
    with pytest.raises(error):
        do(sessions, hazard_id, what)
    with sessions() as session:
        row = HazardRepository(session).get(hazard_id)
    assert (row.status, row.version) == ("registered", 1)
    assert steps(sessions, hazard_id) == []


def test_an_act_that_leaves_the_state_makes_another_version(
    sessions: Sessions, hazard_id: UUID
) -> None:
    enforcement = Actor("执法员赵", Role.ENFORCEMENT)
    row = do(sessions, hazard_id, Act("penalise", enforcement, NOON, reference="CF-1"))
    assert (row.status, row.penalties, row.version) == ("registered", ["CF-1"], 2)
    asked = Act("request-extension", FACTORY, NOON, reason="x", deadline=date(2027, 1, 9))
    row = do(sessions, hazard_id, ORDER, asked)
    assert (row.asked_deadline, row.version) == (date(2027, 1, 9), 4)


def test_of_two_who_act_at_once_one_wins_and_the_other_is_told(
    sessions: Sessions, hazard_id: UUID
) -> None:
    ready, failures = threading.Barrier(2), list[Exception]()

    def order(hours: int) -> None:
        with sessions() as session:  # both have read the record before either acts
            row = HazardRepository(session).get(hazard_id)
            session.expunge_all()
        ready.wait(10)
        try:
            with sessions.begin() as session:
                session.add(row)
                what = replace(ORDER, at=NOON + timedelta(hours=hours))
                TreatmentRepository(session).act(row, what, today=NOON.date())
        except Exception as error:
            failures.append(error)

    both = [threading.Thread(target=order, args=(hours,)) for hours in (1, 2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(failures) == 1, failures
    assert len(steps(sessions, hazard_id)) == 1
    with sessions() as session:
        assert HazardRepository(session).get(hazard_id).version == 2
