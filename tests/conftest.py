"""What tests of several parts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from postgres import NoPostgres, postgres_server
from sqlalchemy import create_engine, make_url, text

from wsai.storage.database import sqlite_url

# a busy machine is no fault; benchmarks/ measures time
settings.register_profile("wsai", deadline=None)
settings.load_profile("wsai")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | NoPostgres]:
    """A running server's address, or why there is none."""
    try:
        with postgres_server() as url:
            yield url
    except NoPostgres as reason:
        yield reason


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: SQLite always, PostgreSQL where there is a server."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    server = request.getfixturevalue("postgres")
    if isinstance(server, NoPostgres):
        pytest.skip(str(server))
    name = f"wsai_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
