"""Mark the runs whose operations wait for a paused carrier account or bridge according to their log.

Revision ID: 2026_11_30_is_held
Revises: 2026_11_30_is_compensating
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_is_held"
down_revision = "2026_11_30_is_compensating"
branch_labels = None
depends_on = None

FILL = """
    update runs set is_held = true
    where started_at is null and closed_at is null and 'operation.held' = (
        select event from operation_logs
        where operation_logs.organization_id = runs.organization_id
          and operation_logs.operation_id = runs.operation_id and event in ('operation.held', 'operation.released')
        order by id desc limit 1
    )
"""


def upgrade() -> None:
    """Add the column, and fill it for waiting runs."""
    op.add_column("runs", sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(FILL)
    op.execute("reset role")
