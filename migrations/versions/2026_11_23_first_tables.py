"""Create the first tables.

Revision ID: 2026_11_23_first_tables
Revises:
"""

from pathlib import Path

from alembic import op

revision = "2026_11_23_first_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table with its constraints and indexes."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
