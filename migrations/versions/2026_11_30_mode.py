"""Accounts and bridges have a mode, `live` or `test`, in place of `simulated`.

Revision ID: 2026_11_30_mode
Revises: 2026_11_26_updated_by_status
"""

from alembic import op
from sqlalchemy import Text

revision = "2026_11_30_mode"
down_revision = "2026_11_26_updated_by_status"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the column, and its values."""
    for table in ("carrier_accounts", "bridges"):
        words = "case when simulated then 'test' else 'live' end"
        op.alter_column(table, "simulated", new_column_name="mode", type_=Text(), postgresql_using=words)
