"""Add the carrier that transports the parcel, in addition to the aggregator that sold the label.

Revision ID: 2026_11_30_shipping_carrier
Revises: 2026_11_30_currency_decimals
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_shipping_carrier"
down_revision = "2026_11_30_currency_decimals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it stays null for older shipments, whose carrier and service determine it."""
    op.add_column("shipments", sa.Column("shipping_carrier", sa.Text(), nullable=True))
