"""Shipments name the carrier that brings the parcel, beside the aggregator that sold the label.

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
    """Add the column. Older shipments keep null: their carrier and service name it."""
    op.add_column("shipments", sa.Column("shipping_carrier", sa.Text(), nullable=True))
