"""Accounts and bridges have a mode, `live` or `test`, in place of `simulated`.

Revision ID: 2026_11_30_mode
Revises: 2026_11_26_updated_by_status
"""

from alembic import op

revision = "2026_11_30_mode"
down_revision = "2026_11_26_updated_by_status"
branch_labels = None
depends_on = None

CHANGE = """
    alter table {table}
    alter settings type jsonb using case
        when {is_test} then settings - array['base_url', 'safety_class', 'answer_after_seconds'] else settings
    end,
    alter simulated type text using case when {is_test} then 'test' else 'live' end
"""
IS_TEST = "simulated or settings ->> 'base_url' ~ '^http://.*/sim/'"
"""Played by the sandbox, in its own protocol or in its vendor's; plain HTTP leads nowhere else."""


def upgrade() -> None:
    """Change the columns as wholes: row-level security hides the rows from an update.

    What only the sandbox's own protocol needed is no setting any more, and its channel is played by Shopify's.
    """
    for table in ("carrier_accounts", "bridges"):
        op.execute(CHANGE.format(table=table, is_test=IS_TEST))
        op.alter_column(table, "simulated", new_column_name="mode")
    op.execute("alter table bridges alter channel type text using replace(channel, 'sandbox', 'shopify')")
