"""Opening the database and bringing it up to date."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from wsai.errors import SettingsInvalid

BUSY_TIMEOUT_MS = 10_000
ANALYSED_ROWS = 1000
READ_ONLY = "wsai_read_only"


def sqlite_url(folder: Path) -> str:
    """Return the address of the embedded database in a data folder."""
    return f"sqlite:///{folder / 'wsai.sqlite3'}"


def open_database(url: str) -> Engine:
    """Return the engine for a database address.

    SQLite runs in WAL with foreign keys on and full synchronisation: what was answered with 201
    survives the power failing. Its transactions begin with the write lock, so two writers wait
    for each other instead of failing at the end.

    Raises:
        SettingsInvalid: The address is of no known kind.
    """
    try:
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, ImportError) as error:
        raise SettingsInvalid(f"the database address cannot be used: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_immediate
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    reads = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def refresh_statistics(engine: Engine) -> None:
    """Let SQLite look at how its rows are spread, so that it chooses the index that helps.

    It looks at a few hundred rows of each index whatever the size; PostgreSQL does this by itself.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA analysis_limit = {ANALYSED_ROWS}")
        connection.exec_driver_sql("ANALYZE")


def session_maker(engine: Engine, *, read_only: bool = False) -> sessionmaker[Session]:
    """Return what makes sessions; rows stay readable after the commit.

    Args:
        engine: The database.
        read_only: Sessions that only read do not wait for writers in SQLite.
    """
    bound = engine.execution_options(**{READ_ONLY: True}) if read_only else engine
    return sessionmaker(bound, expire_on_commit=False)


def migration_config(url: str) -> Config:
    """Return Alembic's settings for our migrations, which lie inside the package."""
    config = Config()
    scripts = resources.files("wsai.storage") / "migrations"
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the database to the newest shape; an empty one is created.

    Raises:
        SettingsInvalid: It cannot be reached, or was made by a newer WSAI.
    """
    try:
        command.upgrade(migration_config(url), "head")
    except DBAPIError as error:
        raise SettingsInvalid(f"the database cannot be used: {error.orig}") from error
    except CommandError as error:
        raise SettingsInvalid(
            f"the database was made by another version of WSAI: {error}"
        ) from error
