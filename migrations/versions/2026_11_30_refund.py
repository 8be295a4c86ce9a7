"""Add the refund of voided labels to shipments; add an index for unused labels.

Revision ID: 2026_11_30_refund
Revises: 2026_11_30_shipment_uses
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_refund"
down_revision = "2026_11_30_shipment_uses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index; schedule requests for pending refunds."""
    op.add_column("shipments", sa.Column("refund", sa.Text(), nullable=True))
    op.add_column("shipments", sa.Column("refund_checked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update shipments set refund = 'pending', track_at = now() where status = 'refund_pending'")
    op.drop_index("ix_shipments_followed", table_name="shipments")
    op.create_index(
        "ix_shipments_followed",
        "shipments",
        ["carrier_account_id", "track_at"],
        postgresql_where=sa.text("track_at is not null and status in ('label_created', 'refund_pending')"),
    )
    op.create_index(
        "ix_shipments_unused",
        "shipments",
        ["organization_id", "created_at", "id"],
        postgresql_where=sa.text("scanned_at is null and status = 'label_created'"),
    )
