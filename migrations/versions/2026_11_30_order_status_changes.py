"""Compute an order's status from the changes of clients and operations, so that undo can remove one of them.

Revision ID: 2026_11_30_order_status_changes
Revises: 2026_11_30_look
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_order_status_changes"
down_revision = "2026_11_30_look"
branch_labels = None
depends_on = None

POLICIES = (
    "grant select, insert, delete on order_status_changes to orderly_app, orderly_system",
    "alter table order_status_changes enable row level security",
    "alter table order_status_changes force row level security",
    """
    create policy one_organization on order_status_changes to orderly_app
        using (organization_id = current_organization())
    """,
    "create policy every_organization on order_status_changes to orderly_system using (true)",
)

FILL = """
    with standing as (
        select operations.organization_id, order_id, operation_id, effects.id as effect_id, effects.updated_at,
               result ->> 'status' as status, result ->> 'previous_status' as previous,
               input -> 'line_items' as wanted
        from effects join operations on operations.id = effects.operation_id
        where direction = 'do' and state = 'done' and reversed_at is null and order_id is not null
          and (result ?& array['status', 'previous_status'] or result ? 'fulfillment_id')
    ), lines as (
        select id as order_id, line, coalesce(line ->> 'id', place::text) as key, (line ->> 'quantity')::int as quantity
        from orders cross join jsonb_array_elements(line_items) with ordinality as listed (line, place)
    ), pushed as (
        select effect_id, key, case when coalesce(jsonb_typeof(wanted), 'null') = 'null' then quantity else (
            select least(quantity, coalesce(sum((item ->> 'quantity')::int), 0))
            from jsonb_array_elements(wanted) as item
            where item ->> 'id' = key or (item ->> 'sku' = line ->> 'sku')
        ) end as pieces
        from standing join lines using (order_id)
        where status is null
    ), contributions as (
        select organization_id, order_id, operation_id, effect_id, updated_at, status, previous,
               case when status is null then (
                   select coalesce(jsonb_object_agg(key, pieces), '{}') from pushed
                   where pushed.effect_id = standing.effect_id and pieces > 0
               ) end as fulfilled
        from standing
    ), ends as (
        select organization_id, order_id,
               (array_agg(previous order by updated_at) filter (where previous is not null))[1] as first,
               (array_agg(status order by updated_at desc))[1] as last
        from contributions group by organization_id, order_id
    ), rows as (
        select organization_id, order_id, null::uuid as operation_id, null::uuid as effect_id,
               coalesce(ends.first, orders.status) as status, null::jsonb as fulfilled, 0 as place, null as at
        from ends join orders using (organization_id) where orders.id = order_id
        union all
        select organization_id, order_id, operation_id, effect_id, status, fulfilled, 1, updated_at from contributions
        union all
        select organization_id, order_id, null, null, orders.status, null, 2, null
        from ends join orders using (organization_id)
        where orders.id = order_id and orders.status is distinct from ends.last
    )
    insert into order_status_changes (organization_id, order_id, operation_id, effect_id, status, fulfilled)
    select organization_id, order_id, operation_id, effect_id, status, fulfilled
    from rows order by order_id, place, at
"""
"""The first row of an order is its status before the changes; a last row is added if its current status differs."""

SUM_UP = """
    update orders set fulfilled = total.fulfilled
    from (
        select order_id, jsonb_object_agg(key, pieces) as fulfilled
        from (
            select order_id, key, sum(value::int) as pieces
            from order_status_changes cross join jsonb_each_text(fulfilled) group by order_id, key
        ) as summed
        group by order_id
    ) as total
    where orders.id = total.order_id
"""


def upgrade() -> None:
    """Create the table, and fill it from the existing effects; no order's status changes."""
    op.create_table(
        "order_status_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("effect_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("fulfilled", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders.organization_id", "orders.id"],
            name=op.f("fk_order_status_changes_orders"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_status_changes")),
    )
    op.create_index(
        op.f("ix_order_status_changes_organization_id_order_id_id"),
        "order_status_changes",
        ["organization_id", "order_id", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        "uq_order_status_changes_effect_id",
        "order_status_changes",
        ["effect_id"],
        unique=True,
        postgresql_where=sa.text("effect_id is not null"),
    )
    op.add_column(
        "orders",
        sa.Column("fulfilled", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    for statement in POLICIES:
        op.execute(statement)
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(FILL)
    op.execute(SUM_UP)
    op.execute("reset role")
