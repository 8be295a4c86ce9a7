"""Insert an event for each change of a resource.

Revision ID: 2026_11_30_record_change
Revises: 2026_11_30_list_filters
"""

from pathlib import Path

from alembic import op

revision = "2026_11_30_record_change"
down_revision = "2026_11_30_list_filters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the functions and the triggers."""
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
