"""Record which operations use the shipment of an earlier one.

Revision ID: 2026_11_30_shipment_uses
Revises: 2026_11_30_shipping_carrier
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_shipment_uses"
down_revision = "2026_11_30_shipping_carrier"
branch_labels = None
depends_on = None

POLICIES = """
    grant select, insert on shipment_uses to orderly_app, orderly_system;
    alter table shipment_uses enable row level security;
    alter table shipment_uses force row level security;
    create policy one_organization on shipment_uses to orderly_app using (organization_id = current_organization());
    create policy every_organization on shipment_uses to orderly_system using (true);
"""
FILL = """
    insert into shipment_uses (organization_id, operation_id, shipment_id, depends_on, removes)
    select operations.organization_id, operations.id, shipments.id, shipments.operation_id, type = 'void_shipment'
    from operations join shipments on shipments.organization_id = operations.organization_id
         and shipments.id = nullif(plan ->> 'shipment_id', '')::uuid
"""


def upgrade() -> None:
    """Create the table, and fill it from the existing operations."""
    op.create_table(
        "shipment_uses",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("depends_on", sa.Uuid(), nullable=False),
        sa.Column("removes", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "operation_id"],
            ["operations.organization_id", "operations.id"],
            name=op.f("fk_shipment_uses_operations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "shipment_id"],
            ["shipments.organization_id", "shipments.id"],
            name=op.f("fk_shipment_uses_shipments"),
        ),
        sa.PrimaryKeyConstraint("operation_id", "shipment_id", name=op.f("pk_shipment_uses")),
    )
    op.create_index(
        op.f("ix_shipment_uses_organization_id_depends_on"),
        "shipment_uses",
        ["organization_id", "depends_on"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        op.f("ix_shipment_uses_organization_id_shipment_id"),
        "shipment_uses",
        ["organization_id", "shipment_id"],
        unique=False,
        postgresql_where=None,
    )
    op.execute(POLICIES)
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(FILL)
    op.execute("reset role")
