"""Store amounts with up to four decimals, as in ISO 4217.

Revision ID: 2026_11_30_currency_decimals
Revises: 2026_11_30_event_place
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_currency_decimals"
down_revision = "2026_11_30_event_place"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the columns of amounts."""
    op.alter_column(
        "orders",
        "total",
        existing_type=sa.NUMERIC(precision=14, scale=2),
        type_=sa.Numeric(precision=16, scale=4),
        existing_nullable=False,
    )
    op.alter_column(
        "shipments",
        "cost",
        existing_type=sa.NUMERIC(precision=14, scale=2),
        type_=sa.Numeric(precision=16, scale=4),
        existing_nullable=True,
    )
