"""Store the request that started a run or a bulk action, and name the keys that did as actors.

Revision ID: 2026_11_30_request_ids
Revises: 2026_11_30_users
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_request_ids"
down_revision = "2026_11_30_users"
branch_labels = None
depends_on = None

NAME_KEYS = "update {table} set {column} = 'key:' || {column} where {column} ~ '^[0-9a-f]{{8}}-[0-9a-f-]{{27}}$'"
ACTORS = {"bulk_actions": "actor", "carrier_accounts": "paused_by", "bridges": "paused_by"}


def upgrade() -> None:
    """Add the columns, and change stored ids of keys."""
    for table in ("runs", "bulk_actions"):
        default = sa.text("nullif(current_setting('orderly.request_id', true), '')")
        op.add_column(table, sa.Column("request_id", sa.Text(), server_default=default, nullable=True))
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    for table, column in ACTORS.items():
        op.execute(NAME_KEYS.format(table=table, column=column))
    op.execute("reset role")
