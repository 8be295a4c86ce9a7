"""Store the data that was sent with effects and shipments.

Revision ID: 2026_11_30_sent
Revises: 2026_11_30_pauses
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_sent"
down_revision = "2026_11_30_pauses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the data of earlier effects is unknown."""
    op.add_column("effects", sa.Column("sent", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("shipments", sa.Column("sent", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
