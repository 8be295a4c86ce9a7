"""Fills a database as years of use would; Postgres generates the rows and the counts of the disabled triggers."""

import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any, LiteralString
from uuid import UUID

import psycopg

Connection = psycopg.Connection[Any]

CHUNK_ROWS = 250_000
EACH_ORDER = 3
"""Operations per order."""
MIN_ORDERS = 1000

LARGE = UUID("01900000-0000-7000-8000-000000000001")
"""The measured organization."""
OTHER = UUID("01900000-0000-7000-8000-000000000002")
"""Another organization with a tenth of the operations."""

ACTOR = "key:01a208ea-e219-7424-8c4c-dea9f32538dc"
"""The actor that created almost all operations."""
RARE_ACTOR = "key:01a208ea-e219-7424-8c4c-000000000000"
"""The actor that created the ten operations in the middle."""
ACCOUNT = UUID(hashlib.md5(b"account", usedforsecurity=False).hexdigest())
"""The carrier account of all operations."""

ORGANIZATIONS: LiteralString = "insert into organizations (id, name) values (%s, 'Large'), (%s, 'Other')"

ORDER_ID: LiteralString = """
    create function pg_temp.order_id(organization uuid, number bigint) returns uuid language sql immutable as $$
        select ('01' || lpad(to_hex(number), 10, '0') || '7' || right(organization::text, 3) || '8000'
                || lpad(to_hex(number), 12, '0'))::uuid
    $$
"""
"""Orders' ids are UUIDv7 in the service, so ids of the same time are adjacent in an index."""

ORDERS: LiteralString = """
    insert into orders (id, organization_id, external_id, order_number, status, currency, total, line_items, created_at,
                        updated_at)
    select pg_temp.order_id(%(org)s::uuid, i), %(org)s::uuid, i::text, 'N-' || i, 'shipped', 'USD', 12.5,
           '[{"sku": "A-1", "quantity": 2}]', at, at + (i %% 1000) * interval '1 s'
    from generate_series(%(first)s::bigint, %(last)s::bigint) as i
    cross join lateral (select now() - (%(orders)s::bigint - i) * (interval '365 days' / %(orders)s)) as placed (at)
"""

SHIPMENTS: LiteralString = """
    insert into shipments (id, organization_id, order_id, operation_id, carrier_account_id, carrier, service, status,
                           reference, carrier_shipment_id, tracking_number, label_format, track_at, created_at,
                           updated_at)
    select uuidv7(completed_at - now()), organization_id, order_id, id, md5('account')::uuid, 'fedex', 'GROUND',
           case status when 'undone' then 'voided' else 'label_created' end, 'operation-' || id, 'shipment-' || id,
           output ->> 'tracking_number', 'PDF', null, completed_at, greatest(completed_at, updated_at)
    from operations
    where organization_id = %(org)s and type = 'create_shipment' and status in ('completed', 'undone')
"""
"""One shipment for each bought label."""

OPERATIONS: LiteralString = """
    with made as (
        select i, now() - (%(rows)s::bigint - i) * (interval '365 days' / %(rows)s) - interval '1 minute' as at,
               abs(hashint8(i)) %% 1000 as dice, abs(hashint8(i + 10000000000)) %% 1000 as kind,
               abs(hashint8(i + 20000000000)) %% 1000 as need
        from generate_series(%(first)s::bigint, %(last)s::bigint) as i
    ), facts as (
        select *,
            case when kind < 600 then 'create_shipment' when kind < 800 then 'push_fulfillment'
                 when kind < 900 then 'update_order_status' when kind < 995 then 'fulfill_order'
                 else 'void_shipment' end as type,
            case when i > %(rows)s - greatest(20, %(rows)s / 500) and dice < 500 then 'pending'
                 when i > %(rows)s - greatest(10, %(rows)s / 1000) and dice < 750 then 'executing'
                 when dice < 900 then 'completed' when dice < 950 then 'failed'
                 when dice < 980 then 'cancelled' else 'undone' end as status
        from made
    ), written as (
        insert into operations (id, organization_id, type, status, order_id, input, plan, output, error, attention,
                                undo_status, current_run, executed_at, completed_at, created_at, updated_at, metadata)
        select uuidv7(at - now()), %(org)s::uuid, type, status,
            pg_temp.order_id(%(org)s::uuid, (i - 1) / %(each)s),
            jsonb_build_object('carrier_account_id', md5('account')::uuid, 'service', 'GROUND', 'parcels',
                '[{"weight": "2.5", "weight_unit": "lb", "length": "10", "width": "8", "height": "4",
                   "dimension_unit": "in"}]'::jsonb),
            jsonb_build_object('carrier', 'fedex', 'service', 'GROUND', 'carrier_account_id', md5('account')::uuid),
            case when status in ('completed', 'undone') then jsonb_build_object(
                'shipment_id', md5('shipment' || i)::uuid, 'tracking_number', 600000000000 + i, 'carrier', 'fedex',
                'cost', '11.09', 'currency', 'USD', 'service', 'GROUND', 'void_until', at + interval '1 day') end,
            case when status = 'failed' then
                '{"code": "rejected", "message": "The address is not known.", "step": "buy_label"}'::jsonb end,
            case when status = 'failed' and need < 10 then
                '{"reason": "compensation_failed", "step": "buy_label", "choices": ["retry"]}'::jsonb end,
            case when status = 'undone' then 'done' else 'none' end,
            case when status in ('pending', 'cancelled') then 0 else 1 end,
            case when status not in ('pending', 'cancelled') then at + interval '1 s' end,
            case when status in ('completed', 'failed', 'undone') then at + interval '3 s' end,
            at, at + need * interval '1 s',
            jsonb_build_object('channel', case when dice %% 2 = 0 then 'web' else 'shop' end, 'batch', (i / 10)::text)
        from facts
        returning id, organization_id, created_at, current_run, metadata
    ), metadata_of as (
        insert into operation_metadata (operation_id, key, value, organization_id, created_at)
        select id, key, value, organization_id, created_at from written cross join lateral jsonb_each_text(metadata)
    ), logged as (
        insert into events (organization_id, subject_type, subject_id, created_at, type, message, actor)
        select organization_id, 'operation', id, created_at, event, message,
               case when metadata ->> 'batch' = (%(rows)s / 20)::text then 'key:01a208ea-e219-7424-8c4c-000000000000'
                    else 'key:01a208ea-e219-7424-8c4c-dea9f32538dc' end
        from written,
            (values ('operation.created', 'The operation was recorded.'),
                    ('operation.executing', 'Execution requested.'),
                    ('operation.completed', 'The operation is completed.')) as entry (event, message)
    )
    insert into runs (organization_id, operation_id, run, kind, queue_key, workflow_id, options, created_at, started_at,
                      closed_at, checked_at, result)
    select organization_id, id, 1, 'execute', 'do:' || md5('account')::uuid, 'operation-' || id, '{}', created_at,
           created_at, created_at, created_at, 'completed'
    from written where current_run = 1
"""

COUNTS: LiteralString = """
    insert into operation_counts (organization_id, type, status, slot, n)
    select organization_id, type, status, 0, count(*) from operations group by 1, 2, 3
"""

INDEXES: LiteralString = """
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
    where indrelid = any(
        array['orders', 'operations', 'operation_metadata', 'shipments', 'events', 'runs']::regclass[])
      and not exists (select from pg_constraint where conindid = indexrelid)
"""


def fill(url: str, rows: int, say: Callable[[str], None]) -> None:
    """Create `rows` operations for one organization, and a tenth of that for another."""
    started = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        # Triggers and foreign keys are disabled; the counts that triggers would keep are computed at the end.
        connection.execute("set session_replication_role = replica; set maintenance_work_mem = '1GB'")
        connection.execute(ORGANIZATIONS, [LARGE, OTHER])
        connection.execute(ORDER_ID)
        found = connection.execute(INDEXES).fetchall()
        for name, _ in found:
            connection.execute(f"drop index {name}".encode())
        for organization, number in ((LARGE, rows), (OTHER, rows // 10)):
            _fill(connection, organization, number, say)
            connection.execute(SHIPMENTS, {"org": organization})
        for name, definition in found:
            say(f"  index {name}")
            connection.execute(definition.encode())
        connection.execute(COUNTS)
        connection.execute("vacuum analyze")
    say(f"  filled in {time.monotonic() - started:.0f} s")


def _fill(connection: Connection, organization: UUID, rows: int, say: Callable[[str], None]) -> None:
    orders = orders_of(rows)
    for first, last in _spans(0, orders):
        connection.execute(ORDERS, {"org": str(organization), "first": first, "last": last, "orders": orders})
    for first, last in _spans(1, rows):
        params = {"org": str(organization), "first": first, "last": last, "rows": rows, "each": EACH_ORDER}
        connection.execute(OPERATIONS, params)
        if rows >= CHUNK_ROWS:
            say(f"  {last:,} of {rows:,} operations")


def _spans(first: int, last: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last + 1, CHUNK_ROWS):
        yield start, min(start + CHUNK_ROWS - 1, last)


def orders_of(rows: int) -> int:
    """Return the number of orders for that number of operations."""
    return max(rows // EACH_ORDER, MIN_ORDERS)


def order_number(number: int) -> str:
    """Return the number of one of the orders, of which few others are a prefix."""
    return f"N-{number}"


def batch_of(number: int) -> str:
    """Return the value of the metadata key `batch` that ten operations have."""
    return str(number // 10)


def order_id(number: int) -> UUID:
    """Return the id of one of the measured organization's orders."""
    return UUID(f"01{number:010x}7{str(LARGE)[-3:]}8000{number:012x}")
