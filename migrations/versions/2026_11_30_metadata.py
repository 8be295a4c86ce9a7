"""Add metadata to operations and orders.

Revision ID: 2026_11_30_metadata
Revises: 2026_11_30_record_change
"""

from pathlib import Path

from alembic import op

revision = "2026_11_30_metadata"
down_revision = "2026_11_30_record_change"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the tables and triggers that index them."""
    op.execute(Path(__file__).with_suffix(".sql").read_text())
