"""Add the tracking of shipments.

Revision ID: 2026_11_25_tracking
Revises: 2026_11_23_bulk
"""

from pathlib import Path

from alembic import op

revision = "2026_11_25_tracking"
down_revision = "2026_11_23_bulk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the events; labels of the last 60 days are tracked from now on."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
