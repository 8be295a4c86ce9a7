"""Shipments have several parcels and documents; the table of labels becomes that of documents.

Revision ID: 2026_12_01_parcels
Revises: 2026_12_01_default_by_mode
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_parcels"
down_revision = "2026_12_01_default_by_mode"
branch_labels = None
depends_on = None

DOCUMENTS = """
    alter table shipment_labels rename to shipment_documents;
    alter table shipment_documents rename constraint fk_shipment_labels_shipments to fk_shipment_documents_shipments;
    alter table shipment_documents drop constraint pk_shipment_labels;
    alter table shipment_documents
        add column id uuid, add column kind text not null default 'label', add column parcel integer,
        add constraint ck_shipment_documents_kind check (kind in ('label', 'commercial_invoice', 'customs_form'));
    set local role orderly_system;
    update shipment_documents set id = shipment_id;
    reset role;
    alter table shipment_documents
        alter column kind drop default, alter column id set not null,
        add constraint pk_shipment_documents primary key (id);
    create index ix_shipment_documents_organization_id_shipment_id on shipment_documents (organization_id, shipment_id);
"""
"""A label's id is that of its shipment: an id by default would rewrite the table with all its documents."""
ERASE_TEXTS = """
create or replace function erase_texts(value jsonb) returns jsonb language plpgsql immutable parallel safe as $$
begin
    return case jsonb_typeof(value)
        when 'object' then (
            select coalesce(jsonb_object_agg(
                       name, case when jsonb_typeof(item) = 'string' or name = 'tracking_numbers' then item
                             else erase_texts(item) end
                   ), '{}')
            from jsonb_each(value) as members (name, item)
            where jsonb_typeof(item) <> 'string' or is_kept_text(name, item #>> '{}')
        )
        when 'array' then (
            select coalesce(jsonb_agg(erase_texts(item)), '[]') from jsonb_array_elements(value) as items (item)
            where jsonb_typeof(item) <> 'string'
        )
        else value end;
end
$$;
"""
"""The erasure keeps the tracking numbers of all parcels, as it keeps that of the first."""
POLICIES = """
    grant select, insert, update on shipment_parcels to orderly_app, orderly_system;
    alter table shipment_parcels enable row level security;
    alter table shipment_parcels force row level security;
    create policy one_organization on shipment_parcels to orderly_app using (organization_id = current_organization());
    create policy every_organization on shipment_parcels to orderly_system using (true);
"""


def upgrade() -> None:
    """Rename the table of labels, and create that of parcels, which only shipments with several parcels need."""
    op.execute(DOCUMENTS)
    op.create_table(
        "shipment_parcels",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("carrier_parcel_id", sa.Text()),
        sa.Column("cost", sa.Numeric(16, 4)),
        sa.Column("currency", sa.Text()),
        sa.Column("tracking_status", sa.Text(), server_default=sa.text("'unknown'"), nullable=False),
        sa.Column("tracked_at", sa.DateTime(timezone=True)),
        sa.Column("scanned_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["organization_id", "shipment_id"],
            ["shipments.organization_id", "shipments.id"],
            name=op.f("fk_shipment_parcels_shipments"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", "number", name=op.f("pk_shipment_parcels")),
    )
    op.create_index(
        "ix_shipment_parcels_number",
        "shipment_parcels",
        ["organization_id", "tracking_number"],
        postgresql_ops={"tracking_number": "text_pattern_ops"},
    )
    op.execute(POLICIES)
    op.execute(ERASE_TEXTS)
