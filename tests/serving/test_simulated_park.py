"""A simulated park: the same seed, histories that the ledger allows, and nobody who can log in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from rows import photo_row, record_of
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from serving.access import service as access
from serving.audit.service import verify
from serving.demo.park import MARK, Plan, simulate
from wsai.errors import Conflict, NotAuthenticated
from wsai.ledger.machine import Kind, machines
from wsai.storage.database import open_database, session_maker, sqlite_url, upgrade
from wsai.storage.files import FileStore
from wsai.storage.hazards import HazardRepository
from wsai.storage.tables import (
    AccountRow,
    EnterpriseRow,
    FindingRow,
    HazardRow,
    HazardStepRow,
    PhotoRow,
    SignedRecordRow,
)
from wsai.supervision.credit_code import checked

TODAY = date(2026, 11, 23)
PLAN = Plan(enterprises=40, years=2, hazards=500, seed=5, today=TODAY)


def made(folder: Path, plan: Plan = PLAN) -> Session:
    folder.mkdir()
    upgrade(sqlite_url(folder))
    session = session_maker(open_database(sqlite_url(folder)))()
    simulate(session, plan, files=FileStore(folder / "files"))
    session.commit()
    return session


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Path]:
    """A park of forty enterprises, and where it lies."""
    folder = tmp_path_factory.mktemp("simulated") / "one"
    return made(folder), folder


def test_a_database_with_the_demo_records_keeps_them(tmp_path: Path) -> None:
    upgrade(sqlite_url(tmp_path))
    with session_maker(open_database(sqlite_url(tmp_path)))() as session:
        session.add(photo_row())
        session.flush()
        finding = session.scalars(select(FindingRow)).one()
        kept = HazardRepository(session).add(record_of(finding))
        simulate(session, Plan(3, 1, 40, 5, TODAY), files=None)
        session.refresh(finding)
        assert finding.hazard_id == kept.id
        serials = session.scalars(
            select(HazardRow.serial).where(HazardRow.year == kept.year).order_by(HazardRow.serial)
        ).all()
        assert list(serials) == list(range(1, len(serials) + 1))
        assert len(serials) > 1


def test_it_has_what_was_asked_for(park: tuple[Session, Path]) -> None:
    session, _ = park
    assert session.scalar(select(func.count()).select_from(EnterpriseRow)) == 40
    assert session.scalar(select(func.count()).select_from(HazardRow)) == 500
    found = session.scalars(select(HazardRow.found_on).order_by(HazardRow.number)).all()
    assert found[0].year == 2024
    assert max(found) <= TODAY
    by_year = {year: [day for day in found if day.year == year] for year in (2024, 2025, 2026)}
    assert all(days == sorted(days) for days in by_year.values()), "numbers rise with time"


def test_the_same_seed_is_the_same_park(park: tuple[Session, Path], tmp_path: Path) -> None:
    def rows(session: Session) -> list[tuple[object, ...]]:
        columns = (HazardRow.id, HazardRow.number, HazardRow.code, HazardRow.status)
        return [tuple(row) for row in session.execute(select(*columns).order_by(HazardRow.number))]

    assert rows(made(tmp_path / "again")) == rows(park[0])
    other = Plan(40, 2, 500, 6, TODAY)
    assert rows(made(tmp_path / "other", other)) != rows(park[0])


def test_every_history_is_one_that_the_machines_allow(park: tuple[Session, Path]) -> None:
    session, _ = park
    kinds, ends = set(), 0
    for hazard in session.scalars(select(HazardRow)):
        steps = session.scalars(
            select(HazardStepRow)
            .where(HazardStepRow.hazard_id == hazard.id)
            .order_by(HazardStepRow.position)
        ).all()
        kind = Kind.MAJOR if hazard.severity == "major" else Kind.GENERAL
        state = "suspected" if kind is Kind.MAJOR else "registered"
        kinds.add(kind)
        for step in steps:
            assert step.before == state
            found = machines()[kind].find(step.action, state)
            assert found is not None, (step.action, state)
            assert step.role in {role.value for role in found.roles}
            state = found.target or state
            assert step.after == state
            if step.action == "downgrade":
                kind, state = Kind.GENERAL, "registered"
        assert (hazard.kind, hazard.status) == (kind.value, state)
        assert (hazard.closed_on is not None) == machines()[kind].states[state].end
        assert [s.at for s in steps] == sorted(s.at for s in steps)
        ends += hazard.closed_on is not None
    assert kinds == {Kind.GENERAL, Kind.MAJOR}
    assert 250 < ends < 500, "most are closed, some are open"


def test_some_are_late(park: tuple[Session, Path]) -> None:
    late = select(func.count()).where(HazardRow.closed_on.is_(None), HazardRow.deadline < TODAY)
    assert (park[0].scalar(late) or 0) > 0


def test_findings_records_and_evidence_name_each_other(park: tuple[Session, Path]) -> None:
    session, folder = park
    pairs = session.execute(
        select(HazardRow.id, FindingRow.hazard_id).join(
            FindingRow, FindingRow.id == HazardRow.finding_id
        )
    ).all()
    assert all(one == other for one, other in pairs)
    photos = {str(photo) for photo in session.scalars(select(PhotoRow.id))}
    records = {str(record) for record in session.scalars(select(SignedRecordRow.id))}
    for step in session.scalars(select(HazardStepRow)):
        assert set(step.evidence.get("after_photos", ())) <= photos
        if signed := step.evidence.get("signed_record"):
            assert signed in records
    found = verify(session, FileStore(folder / "files"))
    assert found.fault is None
    assert found.files > 3


def test_names_say_that_they_are_simulated_and_codes_are_well_formed(
    park: tuple[Session, Path],
) -> None:
    for row in park[0].scalars(select(EnterpriseRow)):
        assert row.name.startswith(MARK)
        assert checked(row.credit_code) == row.credit_code
        assert row.phone is None
    for person in park[0].scalars(select(AccountRow)):
        assert person.name.startswith(MARK)


def test_nobody_of_it_can_log_in(park: tuple[Session, Path]) -> None:
    session, _ = park
    person = session.scalars(select(AccountRow)).first()
    assert person is not None
    assert person.disabled_at is not None
    session.commit()  # the log-in writes, too
    for password in ("", "simulated", person.name, person.password_hash):
        with pytest.raises(NotAuthenticated):
            access.log_in(
                session_maker(session.get_bind()), name=person.name, password=password, hours=1,
                now=person.created_at,
            )  # fmt: skip


def test_a_database_with_enterprises_is_left_alone(park: tuple[Session, Path]) -> None:
    session, folder = park
    with pytest.raises(Conflict, match="empty"):
        simulate(session, PLAN, files=FileStore(folder / "files"))
