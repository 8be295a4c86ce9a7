"""Store the fingerprint of the connection that an effect is sent through.

Revision ID: 2026_11_30_fingerprint
Revises: 2026_11_30_order_identity
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_fingerprint"
down_revision = "2026_11_30_order_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("effects", sa.Column("fingerprint", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
