from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from rows import NOON, finding_row, photo_row, record_of
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from wsai.errors import SettingsInvalid
from wsai.storage.database import (
    migration_config,
    open_database,
    refresh_statistics,
    sqlite_url,
    upgrade,
)
from wsai.storage.hazards import HazardRepository
from wsai.storage.photos import PhotoRepository
from wsai.storage.tables import Base, FindingRow, HazardRow, PhotoRow


def test_migrations_make_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_changes_nothing(engine: Engine, database_url: str) -> None:
    with Session(engine) as session, session.begin():
        session.add(photo_row())
    upgrade(database_url)
    with Session(engine) as session:
        assert session.query(PhotoRow).count() == 1


def test_a_moment_comes_back_as_it_was_stored(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        photo = PhotoRepository(session).add(photo_row())
    with sessions() as session:
        read = PhotoRepository(session).get(photo.id)
    assert read.received_at == NOON
    assert read.received_at.utcoffset() is not None


def test_a_naive_moment_is_refused(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(StatementError, match="needs its time zone"), sessions.begin() as session:
        session.add(photo_row(received_at=NOON.replace(tzinfo=None)))


def test_a_finding_without_its_photo_is_refused(sessions: sessionmaker[Session]) -> None:
    orphan = finding_row(photo_id=uuid4())
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(orphan)


def test_the_same_photo_twice_is_refused(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add(photo_row())
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(photo_row())


def test_sqlite_writes_ahead_and_survives_the_power_failing(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path))
    with engine.connect() as connection:
        asked = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    engine.dispose()
    full = 2
    assert asked == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": full,
        "busy_timeout": 10_000,
    }


def test_sqlite_looks_at_its_rows_and_chooses_the_index_that_helps(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    upgrade(url)
    engine = open_database(url)
    with Session(engine) as session, session.begin():
        findings = [finding_row(n) for n in range(300)]
        session.add(photo_row(findings=findings))
        session.flush()
        for finding in findings:
            HazardRepository(session).add(record_of(finding))
    asked = (
        "EXPLAIN QUERY PLAN SELECT * FROM hazards WHERE status = 'registered' AND number >= "
        "'YH-2026-00000' AND number < 'YH-2026-00001' ORDER BY confirmed_at DESC, id DESC LIMIT 50"
    )

    def plan() -> str:
        with engine.connect() as connection:
            return " ".join(str(row[3]) for row in connection.execute(text(asked)))

    assert "ix_hazards_status_confirmed" in plan()
    refresh_statistics(engine)
    engine.dispose()
    assert "number>?" in plan()
    engine.dispose()


def test_writers_wait_for_each_other(sessions: sessionmaker[Session]) -> None:
    failures: list[Exception] = []

    def write(number: int) -> None:
        try:
            for turn in range(5):
                with sessions.begin() as session:
                    digest = f"{number:032x}{turn:032x}"
                    assert PhotoRepository(session).by_sha256(digest, "park") is None
                    PhotoRepository(session).add(photo_row(digest))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with sessions() as session:
        assert session.query(PhotoRow).count() == 20


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("no address", id="no address"),
        pytest.param("oracledb2://x/y", id="unknown kind"),
    ],
)
def test_an_impossible_address_is_a_clear_error(address: str) -> None:
    with pytest.raises(SettingsInvalid, match="the database address cannot be used"):
        open_database(address)


def test_what_was_kept_before_people_and_places_came_is_there_afterwards(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    command.upgrade(migration_config(url), "0004")
    photo, finding, hazard = ("1" * 32, "2" * 32, "3" * 32)
    with sqlite3.connect(tmp_path / "wsai.sqlite3") as raw:
        raw.execute(
            "INSERT INTO photos (id, sha256, bytes, media_type, width, height, received_at,"
            " uploaded_by, model_id, detections, elapsed_ms) VALUES (?, ?, 1, 'image/jpeg', 4, 3,"
            " '2026-11-01 00:00:00', 'w', 'm', '[]', 1.0)",
            (photo, "a" * 64),
        )
        raw.execute(
            "INSERT INTO findings (id, photo_id, position, code, verdict, boxes, because, model_id,"
            " rule, status) VALUES (?, ?, 0, 'smoke', 'hazard', '[]', '{}', 'm', 'r', 'confirmed')",
            (finding, photo),
        )
        raw.execute(
            "INSERT INTO hazards (id, number, year, serial, finding_id, photo_id, code, severity,"
            " status, found_on, model_id, rule, confirmed_by, confirmed_at, kind, returns, fixers,"
            " after_photos, penalties, version) VALUES (?, 'YH-2026-000001', 2026, 1, ?, ?,"
            " 'smoke', 'general', 'registered', '2026-11-01', 'm', 'r', 'w',"
            " '2026-11-01 00:00:00', 'general', 0, '[]', '[]', '[]', 1)",
            (hazard, finding, photo),
        )
    upgrade(url)
    engine = open_database(url)
    with Session(engine) as session:
        row = session.scalars(select(HazardRow)).one()
        kept = session.scalars(select(FindingRow)).one()
        assert session.scalars(select(PhotoRow)).one().scope == "park"
    engine.dispose()
    assert (row.number, row.seen, row.items, row.source) == (
        "YH-2026-000001",
        1,
        {},
        "supervision",
    )
    assert kept.hazard_id == row.id, "the finding knows the record that it made"
