"""Identify orders by bridge and external id, so that two shops may use the same order number.

Revision ID: 2026_11_30_order_identity
Revises: 2026_11_30_touches
"""

from alembic import op

revision = "2026_11_30_order_identity"
down_revision = "2026_11_30_touches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the unique constraint; existing orders satisfy the new one."""
    op.drop_constraint(op.f("uq_orders_organization_id_external_id"), "orders", type_="unique")
    op.create_unique_constraint(
        op.f("uq_orders_organization_id_external_id_bridge_id"),
        "orders",
        ["organization_id", "external_id", "bridge_id"],
        postgresql_nulls_not_distinct=True,
    )
