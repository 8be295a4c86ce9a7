"""Add the place to tracking events.

Revision ID: 2026_11_30_event_place
Revises: 2026_11_30_fingerprint
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_event_place"
down_revision = "2026_11_30_fingerprint"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("tracking_events", sa.Column("place", sa.Text(), server_default=sa.text("''"), nullable=False))
