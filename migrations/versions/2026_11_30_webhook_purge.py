"""Let webhook deliveries outlive their endpoint, so that its deletion is fast.

Revision ID: 2026_11_30_webhook_purge
Revises: 2026_11_30_erase_orders
"""

from alembic import op

revision = "2026_11_30_webhook_purge"
down_revision = "2026_11_30_erase_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the foreign key."""
    op.drop_constraint(op.f("fk_webhook_deliveries_webhook_endpoints"), "webhook_deliveries", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_webhook_deliveries_organizations"),
        "webhook_deliveries",
        "organizations",
        ["organization_id"],
        ["id"],
    )
