"""Name the column for the state of a run that compensates.

Revision ID: 2026_11_30_is_compensating
Revises: 2026_11_30_nfc_order_ids
"""

from alembic import op

revision = "2026_11_30_is_compensating"
down_revision = "2026_11_30_nfc_order_ids"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the column; the stored values stay."""
    op.alter_column("runs", "taking_back", new_column_name="is_compensating")
