"""Rename limits to `max_...`, and two columns after the queue and the limits that they hold.

Revision ID: 2026_11_30_standard_names
Revises: 2026_11_30_mode
"""

from alembic import op

revision = "2026_11_30_standard_names"
down_revision = "2026_11_30_mode"
branch_labels = None
depends_on = None

RENAME_LIMITS = """
    update {table} set settings = (settings - array['most_concurrent', 'most_per_second']) || jsonb_strip_nulls(
        jsonb_build_object('max_concurrent', settings -> 'most_concurrent',
                           'max_per_second', settings -> 'most_per_second')
    )
    where settings ?| array['most_concurrent', 'most_per_second']
"""


def upgrade() -> None:
    """Rename the keys of stored settings, two columns and an index."""
    # Row-level security also applies to the tables' owner; this role sees all rows.
    op.execute("set local role orderly_system")
    for table in ("carrier_accounts", "bridges"):
        op.execute(RENAME_LIMITS.format(table=table))
    op.execute("reset role")
    op.alter_column("runs", "lane", new_column_name="queue_key")
    op.alter_column("effects", "paced_by", new_column_name="limited_by")
    op.execute("alter index ix_effects_paced rename to ix_effects_limited")
