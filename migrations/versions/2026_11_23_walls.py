"""Roles, row-level security, the transition table and the counters.

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
    """Put up what the database itself guards, whoever writes the queries."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
