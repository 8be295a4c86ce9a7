"""Add the parts of a shipment's cost.

Revision ID: 2026_11_30_cost_parts
Revises: 2026_11_30_refund
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_cost_parts"
down_revision = "2026_11_30_refund"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "shipments",
        sa.Column(
            "cost_parts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
    )
