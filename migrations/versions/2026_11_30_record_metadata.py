"""Name the metadata of an order in the events of its changes.

Revision ID: 2026_11_30_record_metadata
Revises: 2026_11_30_event_filters
"""

from alembic import op

revision = "2026_11_30_record_metadata"
down_revision = "2026_11_30_event_filters"
branch_labels = None
depends_on = None

FUNCTION = """
create or replace function event_hidden(subject text, resource jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    return case subject
        when 'order' then jsonb_build_object(
            'customer', resource -> 'customer', 'ship_to', resource -> 'ship_to',
            'line_items', resource -> 'line_items', 'metadata', resource -> 'metadata',
            'remaining', resource -> 'fulfilled'
        )
        when 'shipment' then jsonb_build_object('sent', resource -> 'sent', 'cost_parts', resource -> 'cost_parts')
        when 'user' then jsonb_build_object('name', resource -> 'name')
        when 'api_key' then jsonb_build_object('name', resource -> 'name')
        when 'organization' then jsonb_build_object('name', resource -> 'name')
        when 'webhook_endpoint' then jsonb_build_object(
            'url', resource -> 'url', 'description', resource -> 'description', 'secret', resource -> 'credentials'
        )
        else jsonb_build_object(
            'name', resource -> 'name', 'status_reason', resource -> 'status_reason',
            'settings', resource -> 'settings',
            'credentials', jsonb_build_array(resource -> 'credentials', resource -> 'credential_names')
        )
        end;
end
$$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute(FUNCTION)
