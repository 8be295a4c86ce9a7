"""Count operations once per statement instead of once per row.

Revision ID: 2026_11_23_bulk
Revises: 2026_11_23_lanes
"""

from pathlib import Path

from alembic import op

revision = "2026_11_23_bulk"
down_revision = "2026_11_23_lanes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the triggers; the existing counts stay."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
