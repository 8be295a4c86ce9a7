"""WooCommerce's HTTP routes, below `/sim/woocommerce`."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.woocommerce.auth import CALL, NO_ORDER, invalid_param, woocommerce_error
from sandbox.channel.woocommerce.contracts import Meta, OrderPut, list_meta
from sandbox.channel.woocommerce.trackings import tracking_routes
from sandbox.faults import Fault
from sandbox.store import Store

STATUSES = {
    "pending": "pending",
    "on_hold": "on-hold",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "failed": "failed",
    "trashed": "trash",
    "completed": "completed",
}
PAID = "processing"

Json = dict[str, Any]


class WoocommerceService:
    """Handles the calls. An order's status and custom fields have their own table."""

    def __init__(self, channel: ChannelService, store: Store) -> None:
        self._channel = channel
        self._store = store
        store.write(
            "CREATE TABLE IF NOT EXISTS woocommerce_orders"
            " (order_id TEXT PRIMARY KEY, status TEXT NOT NULL, meta_data TEXT NOT NULL)"
        )

    def get_order(self, order_id: str, fields: list[str]) -> Answer:
        """Return 200 with the order, or with the requested fields of it."""
        order = self._order(order_id)
        return Answer(200, {name: value for name, value in order.items() if not fields or name in fields})

    def change_order(self, order_id: str, body: Body, fault: Fault) -> Answer:
        """Return 200 with the whole order; entries about fulfillments in its custom fields go into the store."""
        change = parse(OrderPut, body.payload(), invalid_param)
        meta = change.meta_data[0]
        status, metas = self._state(order_id)
        if change.status is not None:
            self._channel.change_order(order_id, {"state": "open"})
        if fault.kind == "too_late":
            return woocommerce_error(400, "woocommerce_rest_cannot_edit", "The order can't be edited.")
        self._record(order_id, meta, notify=change.status == "completed")
        self._store.write(
            "INSERT INTO woocommerce_orders (order_id, status, meta_data) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (order_id) DO UPDATE SET status = ?2, meta_data = ?3",
            order_id,
            change.status or status,
            json.dumps({**metas, meta.key: meta.value}),
        )
        return Answer(200, self._order(order_id))

    def _record(self, order_id: str, meta: Meta, *, notify: bool) -> None:
        entry, key = meta.entry, f"{order_id}/{meta.key}"
        if entry.state == "cancelled":
            for fulfillment in self._channel.entries(external_id=order_id):
                if fulfillment["idempotency_key"] == key:
                    self._channel.cancel(fulfillment["fulfillment_id"], Fault("ok"))
            return
        payload = {
            "reference": entry.tracking_number[:64],
            "tracking_number": entry.tracking_number,
            "carrier": entry.carrier,
            "line_items": [line.model_dump() for line in entry.line_items],
            "notify_customer": notify,
        }
        try:
            self._channel.fulfill(order_id, payload, key, counts_refunds=False)
        except RefusedError as refusal:
            raise RefusedError(woocommerce_error(400, "rest_invalid_param", refusal.message)) from None

    def _state(self, order_id: str) -> tuple[str, dict[str, str]]:
        row = self._store.one("SELECT * FROM woocommerce_orders WHERE order_id = ?", order_id)
        status, metas = (PAID, {}) if row is None else (row["status"], json.loads(row["meta_data"]))
        return STATUSES.get(self._channel.state(order_id), status), metas

    def list_refunds(self, order_id: str) -> Answer:
        """Return 200 with the order's single refund, which contains all refunded pieces."""
        order = self._order(order_id)
        items = [
            {
                "id": 90_000 + item["id"],
                "sku": item["sku"],
                "quantity": -count,
                "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": str(item["id"])}],
            }
            for item in order["line_items"]
            if (count := self._refunded(order_id)[str(item["id"])])
        ]
        return Answer(200, [{**refund, "line_items": items} for refund in order["refunds"]])

    def _refunded(self, order_id: str) -> dict[str, int]:
        return {line["id"]: line["refunded"] + line["cancelled"] for line in self._channel.lines(order_id)}

    def _order(self, order_id: str) -> Json:
        try:
            lines = self._channel.lines(order_id)
        except RefusedError:
            raise RefusedError(NO_ORDER) from None
        status, metas = self._state(order_id)
        items = [{"id": int(line["id"]), "sku": line["sku"], "quantity": line["quantity"]} for line in lines]
        refunds = [{"id": 90_000, "reason": "", "total": "-1.00"}] if any(self._refunded(order_id).values()) else []
        order = {"id": int(order_id), "status": status, "line_items": items, "meta_data": list_meta(metas)}
        return {**order, "refunds": refunds}


def _subject(body: Body) -> tuple[str | None, str | None]:
    """Return the tracking number and the state in a change."""
    try:
        entry = OrderPut.model_validate(body.payload()).meta_data[0].entry
    except (ValidationError, RefusedError):
        return None, None
    return entry.tracking_number, entry.state


def _target(fields: list[str]) -> str:
    """Return the target of a read: before a push, after a lost answer, or before a cancel."""
    if "line_items" in fields or not fields:
        return "orders.get"
    return "fulfillments.status" if "status" in fields else "fulfillments.find"


def woocommerce_routes(gate: FaultGate, channel: ChannelService, store: Store) -> APIRouter:
    """Return the router of `/sim/woocommerce`, the `base_url` of bridges."""
    router = APIRouter(prefix="/sim/woocommerce/wp-json")
    service = WoocommerceService(channel, store)

    @router.get("/wc/v3/orders/{order_id}")
    async def get_order(request: Request, order_id: str) -> Response:
        fields = [name for name in request.query_params.get("_fields", "").split(",") if name]
        call = Call(_target(fields), None, absent=NO_ORDER)
        return await gate.answer(request, call, lambda _: service.get_order(order_id, fields), CALL)

    @router.get("/wc/v3/orders/{order_id}/refunds")
    async def list_refunds(request: Request, order_id: str) -> Response:
        call = Call("orders.get", None, absent=NO_ORDER)
        return await gate.answer(request, call, lambda _: service.list_refunds(order_id), CALL)

    @router.put("/wc/v3/orders/{order_id}")
    async def change_order(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        number, state = _subject(body)
        target = "fulfillments.cancel" if state == "cancelled" else "fulfillments.create"
        call = Call(target, number, absent=NO_ORDER)
        return await gate.answer(request, call, lambda fault: service.change_order(order_id, body, fault), CALL)

    router.include_router(tracking_routes(gate, channel))
    return router
