"""Store the latest possible end of an effect's call.

Revision ID: 2026_11_30_settles_at
Revises: 2026_11_30_duplicate_guard
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_settles_at"
down_revision = "2026_11_30_duplicate_guard"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("effects", sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True))
