"""Lock the counters of operations in another order, so that creating and starting in one transaction can't deadlock.

Revision ID: 2026_11_30_counter_order
Revises: 2026_11_30_bulk_actions
"""

from pathlib import Path

from alembic import op

revision = "2026_11_30_counter_order"
down_revision = "2026_11_30_bulk_actions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the trigger's function."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
