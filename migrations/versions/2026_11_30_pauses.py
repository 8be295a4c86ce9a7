"""Add cause, time and log of a pause to accounts and bridges; allow to cancel operations that wait for it.

Revision ID: 2026_11_30_pauses
Revises: 2026_11_30_cost_parts
"""

from pathlib import Path

from alembic import op

revision = "2026_11_30_pauses"
down_revision = "2026_11_30_cost_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the log and the transition."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
