"""Give orders a mode, so that test keys change only test orders.

Revision ID: 2026_11_30_order_mode
Revises: 2026_11_30_encrypted_again
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_order_mode"
down_revision = "2026_11_30_encrypted_again"
branch_labels = None
depends_on = None

USE_MODE_OF_BRIDGE = """
    update orders set mode = 'test'
    from bridges
    where bridges.id = orders.bridge_id and bridges.mode = 'test' and not exists (
        select from operations join carrier_accounts on carrier_accounts.id = any(operations.touches)
        where operations.organization_id = orders.organization_id and operations.order_id = orders.id
          and carrier_accounts.mode = 'live'
    )
"""
"""An order with operations of a live account stays live. Test orders use no live account, not even for an undo."""

EVENT_DATA = """
create or replace function event_data(subject text, resource jsonb) returns jsonb
language plpgsql stable parallel safe as $$
begin
    return jsonb_build_object('id', resource -> 'id', 'created_at', event_time(resource ->> 'created_at'))
        || case subject
        when 'order' then jsonb_build_object(
            'external_id', resource -> 'external_id', 'order_number', resource -> 'order_number',
            'mode', resource -> 'mode', 'status', resource -> 'status', 'currency', resource -> 'currency',
            'total', event_amount(resource ->> 'total', resource ->> 'currency'),
            'bridge_id', resource -> 'bridge_id', 'erased_at', event_time(resource ->> 'erased_at'),
            'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'shipment' then jsonb_build_object(
            'order_id', resource -> 'order_id', 'operation_id', resource -> 'operation_id',
            'carrier_account_id', resource -> 'carrier_account_id', 'carrier', resource -> 'carrier',
            'shipping_carrier', resource -> 'shipping_carrier', 'service', resource -> 'service',
            'status', resource -> 'status', 'reference', resource -> 'reference',
            'carrier_shipment_id', resource -> 'carrier_shipment_id', 'tracking_number', resource -> 'tracking_number',
            'label_format', resource -> 'label_format',
            'cost', event_amount(resource ->> 'cost', resource ->> 'currency'), 'currency', resource -> 'currency',
            'void_until', event_time(resource ->> 'void_until'), 'voided_at', event_time(resource ->> 'voided_at'),
            'refund', case when resource ->> 'refund' is not null
                           then jsonb_build_object('status', resource -> 'refund') end,
            'tracking', jsonb_build_object(
                'status', resource -> 'tracking_status', 'at', event_time(resource ->> 'tracked_at'),
                'scanned_at', event_time(resource ->> 'scanned_at')
            ),
            'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'carrier_account' then jsonb_build_object(
            'carrier', resource -> 'carrier', 'mode', resource -> 'mode', 'status', resource -> 'status',
            'pause', event_pause(resource), 'is_default', resource -> 'is_default',
            'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'bridge' then jsonb_build_object(
            'channel', resource -> 'channel', 'mode', resource -> 'mode', 'status', resource -> 'status',
            'pause', event_pause(resource), 'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'api_key' then jsonb_build_object(
            'user_id', resource -> 'membership_id', 'scopes', resource -> 'scopes',
            'expires_at', event_time(resource ->> 'expires_at'), 'revoked_at', event_time(resource ->> 'revoked_at')
        )
        when 'user' then jsonb_build_object(
            'role', resource -> 'role', 'disabled_at', event_time(resource ->> 'disabled_at'),
            'removed_at', event_time(resource ->> 'removed_at'), 'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'webhook_endpoint' then jsonb_build_object(
            'event_types', resource -> 'event_types', 'enabled', resource -> 'enabled',
            'disabled_reason', resource -> 'disabled_reason', 'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'organization' then jsonb_build_object(
            'settings', '{"duplicate_guard_seconds": 0}'::jsonb || (resource -> 'settings')
        )
        end;
end
$$
"""


def upgrade() -> None:
    """Add the mode. Old orders get theirs without events, and without the trigger, which reads each row."""
    op.add_column("orders", sa.Column("mode", sa.Text(), server_default=sa.text("'live'"), nullable=False))
    op.execute("alter table orders disable trigger record_update")
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(USE_MODE_OF_BRIDGE)
    op.execute("reset role")
    op.execute("alter table orders enable trigger record_update")
    op.execute(EVENT_DATA)
