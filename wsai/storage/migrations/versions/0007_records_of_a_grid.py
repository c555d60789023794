"""indexes for the records of a grid: in a state by day, and the open ones by deadline."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    alone = text("closed_on IS NULL")
    with op.batch_alter_table("hazards", schema=None) as batch_op:
        batch_op.create_index(
            "ix_hazards_grid_status_confirmed",
            ["grid_id", "status", "confirmed_at", "id", "found_on"],
            unique=False,
        )
        batch_op.create_index(
            "ix_hazards_grid_deadline",
            ["grid_id", "deadline", "id"],
            unique=False,
            sqlite_where=alone,
            postgresql_where=alone,
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("hazards", schema=None) as batch_op:
        batch_op.drop_index("ix_hazards_grid_deadline")
        batch_op.drop_index("ix_hazards_grid_status_confirmed")
