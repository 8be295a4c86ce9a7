"""Replace `simulated` of accounts and bridges by a mode, `live` or `test`.

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
"""True for rows that use the sandbox: simulated ones, and base URLs with plain HTTP, which only the sandbox has."""


def upgrade() -> None:
    """Change whole columns, because row-level security hides the rows from an update.

    Settings of the sandbox's own protocol are removed, and its channel becomes Shopify's simulator.
    """
    for table in ("carrier_accounts", "bridges"):
        op.execute(CHANGE.format(table=table, is_test=IS_TEST))
        op.alter_column(table, "simulated", new_column_name="mode")
    op.execute("alter table bridges alter channel type text using replace(channel, 'sandbox', 'shopify')")
