"""an index for the records of a grid in a state by the day they were found."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("hazards", schema=None) as batch_op:
        batch_op.create_index(
            "ix_hazards_grid_status_found", ["grid_id", "status", "found_on"], unique=False
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("hazards", schema=None) as batch_op:
        batch_op.drop_index("ix_hazards_grid_status_found")
