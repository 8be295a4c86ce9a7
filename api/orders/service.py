"""Creates, updates and finds orders."""

from uuid import UUID

from api.http.auth import Caller
from api.http.idempotency import run_once
from api.http.resources import find_row, list_rows
from api.http.responses import Answer, answer_one
from api.http.types import dump_sent_fields, parse_path_id
from api.orders.checks import number_line_items, refuse_wrong_amounts
from api.orders.schemas import OrderCreate, OrderErase, OrderQuery, OrderRead, OrderUpdate
from domain.currencies import format_amount
from domain.errors import FieldError, InvalidInput, OrderBridgeFixed, OrderInUse, OrderIsTest, OrderNotFound
from domain.json_values import Json
from domain.metadata import merge_metadata
from domain.order_status import count_remaining
from domain.orders import Order, choose_mode
from domain.ports.stores import OrganizationData
from domain.shipping import Mode


async def list_orders(caller: Caller, query: OrderQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.orders, to_read_model)


async def get_order(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(to_read_model(await find_row(data.orders, raw_id, OrderNotFound)))


async def upsert_order(caller: Caller, body: OrderCreate) -> Answer:
    """Create an order (201), or update the one with this bridge and `external_id` (200)."""

    async def upsert(data: OrganizationData) -> Answer:
        mode = await _require_bridge(caller, data, body.bridge_id)
        known = await data.orders.lock_by_identity(body.external_id, body.bridge_id)
        _require_reach(caller, known)
        refuse_wrong_amounts(body, known)
        changes = _to_changes(body, known, await _choose_mode(caller, data, known, mode))
        if known is None:
            order = await data.orders.create({**body.model_dump(mode="json"), **changes})
            return answer_one(to_read_model(order), 201, f"/api/orders/{order.id}")
        return answer_one(to_read_model(await data.orders.update(known.id, changes) or known))

    return await run_once(caller, upsert)


async def update_order(caller: Caller, raw_id: str, body: OrderUpdate) -> Answer:
    order_id = parse_path_id(raw_id, OrderNotFound)

    async def update(data: OrganizationData) -> Answer:
        mode = await _require_bridge(caller, data, body.bridge_id)
        known = await _lock(caller, data, order_id)
        if "bridge_id" in body.model_fields_set and known.bridge_id not in (None, body.bridge_id):
            raise OrderBridgeFixed(known.bridge_id)
        refuse_wrong_amounts(body, known)
        changes = _to_changes(body, known, await _choose_mode(caller, data, known, mode))
        return answer_one(to_read_model(await data.orders.update(order_id, changes) or known))

    return await run_once(caller, update)


async def erase_order(caller: Caller, raw_id: str, body: OrderErase) -> Answer:
    order_id = parse_path_id(raw_id, OrderNotFound)

    async def erase(data: OrganizationData) -> Answer:
        known = await _lock(caller, data, order_id)
        user = await data.orders.find_open_operation(order_id)
        if user is not None:
            raise OrderInUse(user.id, user.type, user.status)
        return answer_one(to_read_model(await data.orders.erase(order_id, body.reason) or known))

    return await run_once(caller, erase)


async def _require_bridge(caller: Caller, data: OrganizationData, bridge_id: UUID | None) -> Mode | None:
    """Return the bridge's mode after checking that the key may use it; None if there is no `bridge_id`."""
    if bridge_id is None:
        return None
    bridge = await data.bridges.get(bridge_id)
    if bridge is None:
        raise InvalidInput([FieldError(("bridge_id",), f"there is no bridge {bridge_id}")])
    caller.require_mode(bridge.mode, f"the bridge {bridge_id}, whose mode is live")
    return bridge.mode


async def _lock(caller: Caller, data: OrganizationData, order_id: UUID) -> Order:
    """Lock and return the order to change; a test key can't change a live one."""
    known = await data.orders.lock(order_id)
    if known is None:
        raise OrderNotFound(order_id)
    _require_reach(caller, known)
    return known


def _require_reach(caller: Caller, order: Order | None) -> None:
    if order is not None:
        caller.require_mode(order.mode, f"the order {order.id}, whose mode is live")


async def _choose_mode(caller: Caller, data: OrganizationData, known: Order | None, bridge_mode: Mode | None) -> Mode:
    """Return the order's mode after the change.

    Raises:
        OrderIsTest: a test order that has operations would become live. Simulated labels and pushes would then count
            as live ones.
    """
    mode = choose_mode(known, bridge_mode, caller.key.mode)
    if known is not None and known.mode is not mode and await data.orders.has_operations(known.id):
        raise OrderIsTest(known.external_id)
    return mode


def _to_changes(body: OrderCreate | OrderUpdate, known: Order | None, mode: Mode) -> Json:
    """Return the columns to write: the fields that were sent, with an id for each line item, and a new mode."""
    changes = dump_sent_fields(body)
    if known is None or known.mode is not mode:
        changes["mode"] = mode.value
    if "bridge_id" in changes:
        changes["bridge_id"] = body.bridge_id
    if "line_items" in changes:
        changes["line_items"] = number_line_items(changes["line_items"])
    if "metadata" in changes:
        changes["metadata"] = merge_metadata({} if known is None else known.metadata, body.metadata)
    return changes


def to_read_model(order: Order) -> OrderRead:
    return OrderRead.of(
        order,
        total=format_amount(order.total, order.currency),
        remaining=count_remaining(order.line_items, order.fulfilled),
    )
