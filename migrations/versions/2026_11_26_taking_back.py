"""Mark runs that compensate, which must not execute again; allow at most one open run per operation.

Revision ID: 2026_11_26_taking_back
Revises: 2026_11_26_executed_by_status
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_taking_back"
down_revision = "2026_11_26_executed_by_status"
branch_labels = None
depends_on = None

CLOSE_OLDER = """
    update runs set closed_at = now(), result = 'drift'
    where closed_at is null and exists (
        select from runs as newer
        where newer.operation_id = runs.operation_id and newer.run > runs.run and newer.closed_at is null
    )
"""


def upgrade() -> None:
    """Add the column and the unique index."""
    op.add_column("runs", sa.Column("taking_back", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(CLOSE_OLDER)
    only_open = sa.text("closed_at is null")
    op.create_index("uq_runs_open", "runs", ["operation_id"], unique=True, postgresql_where=only_open)
