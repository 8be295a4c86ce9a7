"""Add settings to organizations, and a hash of the purchase to operations that buy something.

Revision ID: 2026_11_30_duplicate_guard
Revises: 2026_11_30_sent
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_duplicate_guard"
down_revision = "2026_11_30_sent"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; operations get a hash only while their organization guards against duplicates."""
    op.add_column("operations", sa.Column("purchase_hash", sa.Text(), nullable=True))
    op.create_index(
        "ix_operations_purchase",
        "operations",
        ["organization_id", "purchase_hash"],
        unique=False,
        postgresql_where=sa.text("purchase_hash is not null"),
    )
    op.add_column(
        "organizations",
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.execute("grant update (settings) on organizations to orderly_app")
