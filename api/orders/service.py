"""Inserting, updating and finding orders."""

from api.http.auth import Caller
from api.http.idempotency import run_once
from api.http.resources import find_row, list_rows
from api.http.responses import Answer, answer_one
from api.http.types import dump_sent_fields, parse_path_id
from api.orders.schemas import OrderCreate, OrderQuery, OrderRead, OrderUpdate
from domain.errors import FieldError, InvalidInput, OrderNotFound
from domain.json_values import Json
from domain.orders import Order
from domain.ports.stores import OrganizationData, PageQuery

FIRST = PageQuery(page=1, limit=1, sort="created_at", descending=True)


async def list_orders(caller: Caller, query: OrderQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.orders, to_read_model)


async def get_order(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(to_read_model(await find_row(data.orders, raw_id, OrderNotFound)))


async def upsert_order(caller: Caller, body: OrderCreate) -> Answer:
    """Insert an order (201), or update the one with this `external_id` (200)."""

    async def upsert(data: OrganizationData) -> Answer:
        changes = await _check_changes(data, body)
        known, _ = await data.orders.list_({"external_id": body.external_id}, FIRST)
        if known:
            updated = await data.orders.update(known[0].id, changes)
            return answer_one(to_read_model(updated or known[0]))
        order, is_new = await data.orders.upsert({**body.model_dump(mode="json"), **changes}, changes.keys())
        return answer_one(to_read_model(order), 201 if is_new else 200, f"/api/orders/{order.id}" if is_new else None)

    return await run_once(caller, upsert)


async def update_order(caller: Caller, raw_id: str, body: OrderUpdate) -> Answer:
    order_id = parse_path_id(raw_id, OrderNotFound)

    async def update(data: OrganizationData) -> Answer:
        order = await data.orders.update(order_id, await _check_changes(data, body))
        if order is None:
            raise OrderNotFound(order_id)
        return answer_one(to_read_model(order))

    return await run_once(caller, update)


async def _check_changes(data: OrganizationData, body: OrderCreate | OrderUpdate) -> Json:
    if body.bridge_id is not None and await data.bridges.get(body.bridge_id) is None:
        raise InvalidInput([FieldError(("bridge_id",), f"there is no bridge {body.bridge_id}")])
    changes = dump_sent_fields(body)
    if "bridge_id" in changes:
        changes["bridge_id"] = body.bridge_id
    if "line_items" in changes:
        numbered = enumerate(changes["line_items"], start=1)
        changes["line_items"] = [{**item, "id": item.get("id") or str(place)} for place, item in numbered]
    return changes


def to_read_model(order: Order) -> OrderRead:
    return OrderRead.model_validate(order)
