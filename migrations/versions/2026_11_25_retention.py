"""Closed operations may go after a time, with all that hangs on them; pages by status and type come by index.

Revision ID: 2026_11_25_retention
Revises: 2026_11_25_tracking
"""

from pathlib import Path

from alembic import op

revision = "2026_11_25_retention"
down_revision = "2026_11_25_tracking"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let what belongs to an operation go with it, and nobody but a role of its own delete one."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
