"""Add roles, row-level security, the table of status transitions and the counters.

Revision ID: 2026_11_23_walls
Revises: 2026_11_23_first_tables
"""

from pathlib import Path

from alembic import op

revision = "2026_11_23_walls"
down_revision = "2026_11_23_first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the rules that the database itself enforces on every query."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
