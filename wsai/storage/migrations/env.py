"""Alembic's entry: runs migrations on the database of the given address."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from wsai.storage.database import open_database
from wsai.storage.tables import Base

MIGRATION_LOCK = 0x4D494752  # "MIGR"; released with the connection

engine = open_database(context.config.get_main_option("sqlalchemy.url") or "")
try:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # two servers that start at once must not both migrate; SQLite locks by itself
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        else:
            # SQLite changes a table by making it anew, and drops the old one that others refer to;
            # this works only outside of a transaction, so on the bare connection
            driver = connection.connection.dbapi_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys = OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if engine.dialect.name == "sqlite":
                torn = connection.execute(text("PRAGMA foreign_key_check")).first()
                if torn is not None:
                    raise RuntimeError(f"the migration tore a reference in {torn[0]}")
        connection.commit()
finally:
    engine.dispose()
