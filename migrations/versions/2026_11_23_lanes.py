"""Add the queues in which runs wait for their turn, and the rate limit of effects.

Revision ID: 2026_11_23_lanes
Revises: 2026_11_23_walls
"""

from pathlib import Path

from alembic import op

revision = "2026_11_23_lanes"
down_revision = "2026_11_23_walls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; existing waiting runs get their queues."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
