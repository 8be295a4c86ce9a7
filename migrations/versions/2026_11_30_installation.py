"""Give the installation an id, and record the task queue of each run.

Revision ID: 2026_11_30_installation
Revises: 2026_11_30_is_held
"""

from pathlib import Path

from alembic import op

revision = "2026_11_30_installation"
down_revision = "2026_11_30_is_held"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table with its row, and the column."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
