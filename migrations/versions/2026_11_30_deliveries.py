"""Count the deliveries of effects that recorded no end.

Revision ID: 2026_11_30_deliveries
Revises: 2026_11_30_settles_at
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_deliveries"
down_revision = "2026_11_30_settles_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("effects", sa.Column("deliveries", sa.Integer(), server_default=sa.text("0"), nullable=False))
