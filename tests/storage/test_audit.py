from __future__ import annotations

import threading

import pytest
from rows import NOON
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from wsai.storage.audit import AuditLog

Sessions = sessionmaker[Session]


@pytest.fixture
def log(sessions: Sessions) -> Sessions:
    """A log of five rows."""
    for number in range(5):
        with sessions.begin() as session:
            AuditLog(session).append(
                at=NOON,
                actor="网格员王",
                action="photo.received",
                subject=f"photo:{number}",
                details={"site": "一号车间", "share": 0.1, "nothing": None},
            )
    return sessions


def fault(sessions: Sessions) -> str | None:
    with sessions() as session:
        return AuditLog(session).first_fault()


def test_an_untouched_log_holds(log: Sessions) -> None:
    assert fault(log) is None
    with log() as session:
        assert AuditLog(session).count() == 5


def test_an_empty_log_holds(sessions: Sessions) -> None:
    assert fault(sessions) is None


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        pytest.param(
            "UPDATE audit SET actor = 'nobody' WHERE id = 3", "row 3 was changed", id="changed"
        ),
        pytest.param("DELETE FROM audit WHERE id = 2", "row 2 is missing", id="removed"),
        pytest.param("DELETE FROM audit WHERE id = 1", "row 1 is missing", id="first removed"),
        pytest.param(
            "UPDATE audit SET id = CASE id WHEN 2 THEN -3 ELSE -2 END WHERE id IN (2, 3);"
            "UPDATE audit SET id = -id WHERE id < 0",
            "row 2 does not follow row 1",
            id="reordered",
        ),
        pytest.param(
            "UPDATE audit SET id = -id WHERE id > 3; UPDATE audit SET id = 1 - id WHERE id < 0;"
            "INSERT INTO audit SELECT 4, at, actor, action, subject, details, previous_hash,"
            " 'x' FROM audit WHERE id = 3",
            "row 4 does not follow row 3",
            id="inserted",
        ),
    ],
)
def test_tampering_is_found_and_located(log: Sessions, tampering: str, expected: str) -> None:
    with log.begin() as session:
        for statement in tampering.split(";"):
            session.execute(text(statement))
    found = fault(log)
    assert found is not None
    assert found.startswith(expected)


def test_appends_at_once_make_one_chain(sessions: Sessions) -> None:
    def work() -> None:
        for _ in range(5):
            with sessions.begin() as session:
                AuditLog(session).append(at=NOON, actor="a", action="b", subject="c")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        assert AuditLog(session).count() == 20
    assert fault(sessions) is None


def test_a_change_that_is_rolled_back_leaves_no_audit_row(sessions: Sessions) -> None:
    with sessions() as session:
        AuditLog(session).append(at=NOON, actor="a", action="b", subject="c")
        session.rollback()
    with sessions() as session:
        assert AuditLog(session).count() == 0
