"""BigCommerce's HTTP routes, below `/sim/bigcommerce`."""

from typing import Any

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.channel.bigcommerce.auth import CALL, NO_RESOURCE, bigcommerce_error, invalid_field
from sandbox.channel.bigcommerce.contracts import ShipmentPost
from sandbox.channel.channel_service import ChannelService
from sandbox.faults import Fault

EMPTY = Answer(204, content=b"")
ADDRESS = 1
SEPARATOR = " / "
"""Joins provider, tracking carrier and comments in one column of the store."""
STATUSES = {
    "pending": (1, "Pending"),
    "refunded": (4, "Refunded"),
    "cancelled": (5, "Cancelled"),
    "failed": (6, "Declined"),
    "completed": (10, "Completed"),
    "on_hold": (12, "Manual Verification Required"),
}
SHIPPED, PARTIALLY_SHIPPED, AWAITING_FULFILLMENT = (
    (2, "Shipped"),
    (3, "Partially Shipped"),
    (11, "Awaiting Fulfillment"),
)

Json = dict[str, Any]


class BigcommerceService:
    """Handles the calls. A shipment's id is its position among all the order's shipments, including deleted ones."""

    def __init__(self, channel: ChannelService) -> None:
        self._channel = channel

    def get_order(self, order_id: str) -> Answer:
        lines = self._lines(order_id)
        state = self._channel.state(order_id)
        fulfilled = sum(line["fulfilled"] for line in lines)
        done = SHIPPED if fulfilled == sum(line["quantity"] for line in lines) else PARTIALLY_SHIPPED
        status_id, status = STATUSES.get(state, done if fulfilled else AWAITING_FULFILLMENT)
        body = {"id": int(order_id), "status_id": status_id, "status": status, "is_deleted": state == "trashed"}
        return Answer(200, {**body, "items_shipped": fulfilled})

    def list_products(self, order_id: str, page: int) -> Answer:
        lines = self._lines(order_id) if page == 1 else []
        return Answer(200, [_product(order_id, line) for line in lines]) if lines else EMPTY

    def ship(self, order_id: str, body: Body) -> Answer:
        """Return 201 with the shipment; 404 without such an order, 400 for more than remains."""
        shipment = parse(ShipmentPost, body.payload(), invalid_field)
        self._lines(order_id)
        payload = {
            "reference": shipment.tracking_number or "none",
            "tracking_number": shipment.tracking_number or "none",
            "carrier": SEPARATOR.join((shipment.shipping_provider, shipment.tracking_carrier, shipment.comments))[:255],
            "line_items": [{"id": str(item.order_product_id), "quantity": item.quantity} for item in shipment.items],
        }
        try:
            entry = self._channel.fulfill(order_id, payload, counts_refunds=False)
        except RefusedError as refusal:
            raise RefusedError(bigcommerce_error(400, refusal.message)) from None
        return Answer(201, _shipment(len(self._entries(order_id)), entry))

    def list_shipments(self, order_id: str, page: int) -> Answer:
        """Return 200 with the order's shipments, 204 if there are none."""
        entries = self._entries(order_id).items()
        live = [_shipment(number, entry) for number, entry in entries if entry["status"] == "live"]
        return Answer(200, live) if live and page == 1 else EMPTY

    def get_shipment(self, order_id: str, shipment_id: int) -> Answer:
        return Answer(200, _shipment(shipment_id, self._find_live(order_id, shipment_id)))

    def delete_shipment(self, order_id: str, shipment_id: int, fault: Fault) -> Answer:
        """Return 204; 404 if the shipment does not exist or is deleted."""
        outcome = self._channel.cancel(self._find_live(order_id, shipment_id)["fulfillment_id"], fault)
        return bigcommerce_error(409, "The shipment can't be deleted.") if outcome == "too_late" else EMPTY

    def reference_of(self, order_id: str, shipment_id: int) -> str | None:
        try:
            return str(self._entries(order_id)[shipment_id]["reference"])
        except (RefusedError, KeyError):
            return None

    def _lines(self, order_id: str) -> list[Json]:
        try:
            return self._channel.lines(order_id)
        except RefusedError:
            raise RefusedError(NO_RESOURCE) from None

    def _entries(self, order_id: str) -> dict[int, Json]:
        self._lines(order_id)
        return dict(enumerate(self._channel.entries(external_id=order_id), 1))

    def _find_live(self, order_id: str, shipment_id: int) -> Json:
        found = self._entries(order_id).get(shipment_id)
        if found is None or found["status"] != "live":
            raise RefusedError(NO_RESOURCE)
        return found


def _shipment(shipment_id: int, entry: Json) -> Json:
    provider, _, rest = entry["carrier"].partition(SEPARATOR)
    tracking_carrier, _, comments = rest.rpartition(SEPARATOR)
    return {
        "id": shipment_id,
        "order_id": int(entry["external_id"]),
        "order_address_id": ADDRESS,
        "tracking_number": entry["tracking_number"],
        "shipping_provider": provider,
        "tracking_carrier": tracking_carrier,
        "comments": comments,
        "items": [{"order_product_id": int(line["id"]), "quantity": line["quantity"]} for line in entry["line_items"]],
    }


def _product(order_id: str, line: Json) -> Json:
    return {
        "id": int(line["id"]),
        "order_id": int(order_id),
        "order_address_id": ADDRESS,
        "type": "physical",
        "sku": line["sku"],
        "quantity": line["quantity"],
        "quantity_shipped": line["fulfilled"],
        "quantity_refunded": line["refunded"] + line["cancelled"],
    }


def bigcommerce_routes(gate: FaultGate, channel: ChannelService) -> APIRouter:
    """Return the router of `/sim/bigcommerce`, the `base_url` of bridges."""
    router = APIRouter(prefix="/sim/bigcommerce/stores/{store_hash}/v2/orders/{order_id}")
    service = BigcommerceService(channel)

    @router.get("")
    async def get_order(request: Request, order_id: str) -> Response:
        call = Call("orders.get", None, absent=NO_RESOURCE)
        return await gate.answer(request, call, lambda _: service.get_order(order_id), CALL)

    _list_routes(router, gate, service)
    _shipment_routes(router, gate, service)
    return router


def _list_routes(router: APIRouter, gate: FaultGate, service: BigcommerceService) -> None:
    @router.get("/products")
    async def list_products(request: Request, order_id: str, page: int = 1) -> Response:
        call = Call("orders.get", None, absent=NO_RESOURCE)
        return await gate.answer(request, call, lambda _: service.list_products(order_id, page), CALL)

    @router.get("/shipments")
    async def list_shipments(request: Request, order_id: str, page: int = 1) -> Response:
        call = Call("fulfillments.find", None, absent=EMPTY)
        return await gate.answer(request, call, lambda _: service.list_shipments(order_id, page), CALL)


def _shipment_routes(router: APIRouter, gate: FaultGate, service: BigcommerceService) -> None:
    @router.post("/shipments")
    async def ship(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        call = Call("fulfillments.create", body.text("tracking_number"))
        return await gate.answer(request, call, lambda _: service.ship(order_id, body), CALL)

    @router.get("/shipments/{shipment_id}")
    async def get_shipment(request: Request, order_id: str, shipment_id: int) -> Response:
        call = Call("fulfillments.status", service.reference_of(order_id, shipment_id), absent=NO_RESOURCE)
        return await gate.answer(request, call, lambda _: service.get_shipment(order_id, shipment_id), CALL)

    @router.delete("/shipments/{shipment_id}")
    async def delete_shipment(request: Request, order_id: str, shipment_id: int) -> Response:
        call = Call("fulfillments.cancel", service.reference_of(order_id, shipment_id), absent=NO_RESOURCE)
        return await gate.answer(
            request, call, lambda fault: service.delete_shipment(order_id, shipment_id, fault), CALL
        )
