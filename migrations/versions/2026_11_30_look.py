"""Store when and how often the outcome of an effect is looked up.

Revision ID: 2026_11_30_look
Revises: 2026_11_30_deliveries
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_look"
down_revision = "2026_11_30_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("effects", sa.Column("look", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
