from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from wsai.storage.database import open_database, session_maker, upgrade


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An up-to-date database."""
    upgrade(database_url)
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """What makes sessions."""
    return session_maker(engine)
