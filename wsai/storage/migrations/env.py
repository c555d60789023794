"""Alembic's entry: runs migrations on the database of the given address."""

from __future__ import annotations

from alembic import context

from wsai.storage.database import open_database
from wsai.storage.tables import Base

engine = open_database(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=engine.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
