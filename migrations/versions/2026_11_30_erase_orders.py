"""Erase the personal data of orders, by a role that may do nothing else.

Revision ID: 2026_11_30_erase_orders
Revises: 2026_11_30_logs_are_events
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_erase_orders"
down_revision = "2026_11_30_logs_are_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the role, its rights and functions, and the time of the erasure."""
    op.add_column("orders", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    script = Path(__file__).with_suffix(".sql").read_text()
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
