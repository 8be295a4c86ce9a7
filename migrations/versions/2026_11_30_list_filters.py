"""Add the columns and indexes of the lists' filters.

Revision ID: 2026_11_30_list_filters
Revises: 2026_11_30_request_ids
"""

from alembic import op

revision = "2026_11_30_list_filters"
down_revision = "2026_11_30_request_ids"
branch_labels = None
depends_on = None

# One statement, because each would rewrite the table.
COLUMNS = """
    alter table operations
        add column carrier_account_id uuid generated always as (nullif(plan ->> 'carrier_account_id', '')::uuid) stored,
        add column bridge_id uuid generated always as (nullif(plan ->> 'bridge_id', '')::uuid) stored,
        add column error_code text generated always as (error ->> 'code') stored
"""
INDEXES = (
    """
    create index ix_operations_carrier_account on operations (organization_id, carrier_account_id, created_at, id)
    where carrier_account_id is not null
    """,
    """
    create index ix_operations_bridge on operations (organization_id, bridge_id, created_at, id)
    where bridge_id is not null
    """,
    """
    create index ix_operations_error on operations (organization_id, error_code, created_at, id)
    where error_code is not null
    """,
    "drop index ix_orders_organization_id_bridge_id",
    "create index ix_orders_bridge on orders (organization_id, bridge_id, created_at, id) where bridge_id is not null",
    "create index ix_orders_external_id on orders (organization_id, external_id text_pattern_ops)",
    """
    create index ix_orders_number on orders (organization_id, order_number text_pattern_ops)
    where order_number is not null
    """,
    "drop index ix_shipments_organization_id_carrier_account_id",
    """
    create index ix_shipments_organization_id_carrier_account_id_created_at_id
    on shipments (organization_id, carrier_account_id, created_at, id)
    """,
    "create index ix_shipments_organization_id_updated_at_id on shipments (organization_id, updated_at, id)",
    "drop index ix_shipments_organization_id_tracking_number",
    "create index ix_shipments_tracking_number on shipments (organization_id, tracking_number text_pattern_ops)",
)


def upgrade() -> None:
    """Add the columns and indexes."""
    op.execute(COLUMNS)
    for statement in INDEXES:
        op.execute(statement)
