"""Allow to delete old closed operations with their log, ledger and runs; add an index by status and type.

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
    """Let deletes of operations cascade, and allow them only to a separate role."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
