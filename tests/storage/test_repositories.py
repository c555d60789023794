from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from rows import NOON, finding_row, photo_row, record_of
from sqlalchemy.orm import Session, sessionmaker

from wsai.errors import Conflict, InvalidRequest, NotFound
from wsai.storage.access import AccessRepository
from wsai.storage.hazards import HazardFilter, HazardRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import AccountRow, HazardRow, KeyRow, SessionRow

Sessions = sessionmaker[Session]


def at_once(work: Callable[[int], None], count: int = 4) -> list[Exception]:
    """Do the work in several threads that start together; return what went wrong."""
    failures: list[Exception] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def photo_with(sessions: Sessions, findings: int) -> list[UUID]:
    """Keep a photo with so many findings and return their ids."""
    with sessions.begin() as session:
        rows = [finding_row(position) for position in range(findings)]
        PhotoRepository(session).add(photo_row(findings=rows))
        return [row.id for row in rows]


def confirm(sessions: Sessions, finding_id: UUID, **changes: object) -> HazardRow:
    with sessions.begin() as session:
        photos = PhotoRepository(session)
        finding = photos.finding(finding_id)
        record = record_of(finding, **changes)
        photos.decide(finding, status="confirmed", by="王", at=record.confirmed_at, reason=None)
        return HazardRepository(session).add(record)


def test_a_photo_comes_back_with_its_findings_in_order(sessions: Sessions) -> None:
    with sessions.begin() as session:
        rows = [finding_row(2), finding_row(0), finding_row(1)]
        photo_id = PhotoRepository(session).add(photo_row(findings=rows)).id
    with sessions() as session:
        photo = PhotoRepository(session).get(photo_id)
        assert [finding.position for finding in photo.findings] == [0, 1, 2]
        assert photo.findings[0].because["zh"] == "头上没有安全帽"
        assert photo.detections == [{"label": "person", "score": 0.9, "box": [1.0, 2.0, 3.0, 4.0]}]


def test_an_unknown_photo_finding_or_record_is_not_found(sessions: Sessions) -> None:
    with sessions() as session:
        for look in (
            PhotoRepository(session).get,
            PhotoRepository(session).finding,
            HazardRepository(session).get,
        ):
            with pytest.raises(NotFound):
                look(uuid4())


def test_numbers_have_no_gaps_and_no_doubles_when_many_confirm_at_once(sessions: Sessions) -> None:
    findings = photo_with(sessions, 12)

    def work(number: int) -> None:
        for finding_id in findings[number::4]:
            confirm(sessions, finding_id)

    assert at_once(work) == []
    with sessions() as session:
        rows = HazardRepository(session).page(HazardFilter(), limit=50, after=None)
    assert sorted(row.number for row in rows) == [f"YH-2026-{n:06d}" for n in range(1, 13)]


def test_numbers_begin_again_each_year(sessions: Sessions) -> None:
    first, second = photo_with(sessions, 2)
    confirm(sessions, first)
    later = confirm(sessions, second, confirmed_at=NOON + timedelta(days=60))
    assert later.number == "YH-2027-000001"


def test_a_number_has_the_year_of_the_site_not_of_greenwich(sessions: Sessions) -> None:
    (finding,) = photo_with(sessions, 1)
    row = confirm(
        sessions,
        finding,
        confirmed_at=datetime(2026, 12, 31, 20, tzinfo=UTC),
        registered_on=date(2027, 1, 1),
    )
    assert row.number == "YH-2027-000001"


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(sessions: Sessions) -> None:
    (finding_id,) = photo_with(sessions, 1)
    failures = at_once(lambda _number: confirm(sessions, finding_id) and None)
    assert [type(failure) for failure in failures] == [Conflict] * 3
    assert "confirmed already, by 王" in str(failures[0])
    with sessions() as session:
        assert session.query(HazardRow).count() == 1


def test_a_deadline_before_the_inspection_is_refused(sessions: Sessions) -> None:
    (finding_id,) = photo_with(sessions, 1)
    with pytest.raises(InvalidRequest, match="lies before the day of the inspection"):
        confirm(sessions, finding_id, deadline=NOON.date() - timedelta(days=1))


def test_pages_give_every_record_once_newest_first(sessions: Sessions) -> None:
    findings = photo_with(sessions, 7)
    for number, finding_id in enumerate(findings):
        # three share a moment: the id decides among them
        confirm(sessions, finding_id, confirmed_at=NOON + timedelta(seconds=number // 3))
    seen: list[HazardRow] = []
    after = None
    with sessions() as session:
        while rows := HazardRepository(session).page(HazardFilter(), limit=2, after=after):
            seen += rows
            after = (rows[-1].confirmed_at, rows[-1].id)
    assert len({row.id for row in seen}) == len(seen) == 7
    assert [row.confirmed_at for row in seen] == sorted(
        (row.confirmed_at for row in seen), reverse=True
    )


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        pytest.param(HazardFilter(), 2, id="all"),
        pytest.param(HazardFilter(code="exit-blocked"), 1, id="by code"),
        pytest.param(HazardFilter(site="二号仓库"), 1, id="by site"),
        pytest.param(HazardFilter(code="exit-blocked", site="二号仓库"), 0, id="by both"),
        pytest.param(HazardFilter(severity="major"), 0, id="by severity"),
        pytest.param(HazardFilter(status="registered"), 2, id="by status"),
    ],
)
def test_records_are_filtered(sessions: Sessions, wanted: HazardFilter, count: int) -> None:
    first, second = photo_with(sessions, 2)
    confirm(sessions, first, code="exit-blocked")
    confirm(sessions, second, site="二号仓库")
    with sessions() as session:
        assert len(HazardRepository(session).page(wanted, limit=9, after=None)) == count


def test_a_name_is_taken_once(sessions: Sessions) -> None:
    def row() -> AccountRow:
        return AccountRow(
            name="王", role="inspector", password_hash="x", created_at=NOON, failed_logins=0
        )

    with sessions.begin() as session:
        AccessRepository(session).add_account(row())
    with pytest.raises(Conflict, match="Choose another name"), sessions.begin() as session:
        AccessRepository(session).add_account(row())


def test_a_login_ends_when_its_time_is_up(sessions: Sessions) -> None:
    with sessions.begin() as session:
        access = AccessRepository(session)
        account = access.add_account(
            AccountRow(name="王", role="admin", password_hash="x", created_at=NOON, failed_logins=0)
        )
        end = NOON + timedelta(hours=1)
        access.add_session(
            SessionRow(token_hash="t", account_id=account.id, created_at=NOON, expires_at=end)
        )
    with sessions.begin() as session:
        access = AccessRepository(session)
        assert access.session("t", NOON) is not None
        assert access.session("t", end) is None
        access.end_expired(end)
    with sessions() as session:
        assert session.query(SessionRow).count() == 0


def test_a_revoked_key_opens_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        key = AccessRepository(session).add_key(
            KeyRow(name="camera", role="inspector", token_hash="k", created_at=NOON)
        )
        assert AccessRepository(session).key("k") is key
        key.revoked_at = NOON
    with sessions() as session:
        assert AccessRepository(session).key("k") is None


def test_the_setup_link_works_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        AccessRepository(session).put_setup("old", NOON + timedelta(hours=1))
        AccessRepository(session).put_setup("new", NOON + timedelta(hours=1))
    with sessions.begin() as session:
        access = AccessRepository(session)
        assert not access.take_setup("old", NOON)
        assert not access.take_setup("new", NOON + timedelta(hours=2))
        assert access.take_setup("new", NOON)
        assert not access.take_setup("new", NOON)
