"""WooCommerce's HTTP calls, below `/sim/woocommerce`."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.channel.channel_service import Desk
from sandbox.channel.woocommerce.auth import NO_SUCH, SPEAK, woocommerce_error
from sandbox.channel.woocommerce.contracts import Meta, OrderPut, shown, stored
from sandbox.channel.woocommerce.trackings import tracking_routes
from sandbox.faults import Fault
from sandbox.store import Books

PAID = "processing"

Json = dict[str, Any]


class WoocommerceDesk:
    """The deeds. An order's status and custom fields are in a table of their own."""

    def __init__(self, desk: Desk, books: Books) -> None:
        self._desk = desk
        self._books = books
        books.write(
            "CREATE TABLE IF NOT EXISTS woocommerce_orders"
            " (order_id TEXT PRIMARY KEY, status TEXT NOT NULL, meta_data TEXT NOT NULL)"
        )

    def order(self, order_id: str, fields: list[str]) -> Answer:
        """200 with the order, or with those fields of it."""
        whole = self._shown(order_id)
        return Answer(200, {name: value for name, value in whole.items() if not fields or name in fields})

    def change(self, order_id: str, body: Body, fault: Fault) -> Answer:
        """200 with the whole order; what its custom fields say of fulfillments goes into the books."""
        wanted = _parsed(body)
        status, metas = self._state(order_id)
        if fault.kind == "too_late":
            return woocommerce_error(400, "woocommerce_rest_cannot_edit", "The order can't be edited.")
        self._enter(order_id, wanted.meta_data[0], notify=wanted.status == "completed")
        metas[wanted.meta_data[0].key] = wanted.meta_data[0].value
        self._books.write(
            "INSERT INTO woocommerce_orders (order_id, status, meta_data) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (order_id) DO UPDATE SET status = ?2, meta_data = ?3",
            order_id,
            wanted.status or status,
            json.dumps(metas),
        )
        return Answer(200, self._shown(order_id))

    def _enter(self, order_id: str, meta: Meta, *, notify: bool) -> None:
        entry, key = meta.entry, f"{order_id}/{meta.key}"
        if entry.state == "cancelled":
            for one in self._desk.entries(external_id=order_id):
                if one["idempotency_key"] == key:
                    self._desk.cancel(one["fulfillment_id"], Fault("ok"))
            return
        payload = {
            "reference": entry.tracking_number[:64],
            "tracking_number": entry.tracking_number,
            "carrier": entry.carrier,
            "line_items": [one.model_dump() for one in entry.line_items],
            "notify_customer": notify,
        }
        try:
            self._desk.fulfill(order_id, payload, key)
        except RefusedError as refusal:
            message = refusal.answer.body["error"]["message"]
            raise RefusedError(woocommerce_error(400, "rest_invalid_param", message)) from None

    def _state(self, order_id: str) -> tuple[str, dict[str, str]]:
        row = self._books.one("SELECT * FROM woocommerce_orders WHERE order_id = ?", order_id)
        return (PAID, {}) if row is None else (row["status"], stored(row["meta_data"]))

    def _shown(self, order_id: str) -> Json:
        try:
            lines: list[Json] = self._desk.get_order(order_id).body["line_items"]
        except RefusedError:
            raise RefusedError(NO_SUCH) from None
        status, metas = self._state(order_id)
        items = [{"id": int(one["id"]), "sku": one["sku"], "quantity": one["quantity"]} for one in lines]
        return {"id": int(order_id), "status": status, "line_items": items, "meta_data": shown(metas)}


def _parsed(body: Body) -> OrderPut:
    try:
        return OrderPut.model_validate(body.payload())
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise RefusedError(woocommerce_error(400, "rest_invalid_param", f"Invalid parameter(s): {name}")) from None


def _about(body: Body) -> tuple[str | None, str | None]:
    """The tracking number and the state that a change is about."""
    try:
        entry = OrderPut.model_validate(body.payload()).meta_data[0].entry
    except (ValidationError, RefusedError):
        return None, None
    return entry.tracking_number, entry.state


def _target(fields: list[str]) -> str:
    """What a question is for: before a push, after a lost answer, or before a cancel."""
    if "line_items" in fields or not fields:
        return "orders.get"
    return "fulfillments.status" if "status" in fields else "fulfillments.find"


def woocommerce_routes(gate: Gate, desk: Desk, books: Books) -> APIRouter:
    """`/sim/woocommerce`, which a bridge's `base_url` names."""
    router = APIRouter(prefix="/sim/woocommerce/wp-json")
    own = WoocommerceDesk(desk, books)

    @router.get("/wc/v3/orders/{order_id}")
    async def order(request: Request, order_id: str) -> Response:
        fields = [one for one in request.query_params.get("_fields", "").split(",") if one]
        call = Call(_target(fields), None, absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: own.order(order_id, fields), SPEAK)

    @router.put("/wc/v3/orders/{order_id}")
    async def change(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        number, state = _about(body)
        target = "fulfillments.cancel" if state == "cancelled" else "fulfillments.create"
        call = Call(target, number, absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda fault: own.change(order_id, body, fault), SPEAK)

    router.include_router(tracking_routes(gate, desk))
    return router
