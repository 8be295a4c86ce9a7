"""BigCommerce's HTTP calls, below `/sim/bigcommerce`."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.channel.bigcommerce.auth import BigcommerceDialect, bigcommerce_error
from sandbox.channel.bigcommerce.contracts import ShipmentPost
from sandbox.channel.channel_service import Desk
from sandbox.faults import Fault

SPEAK = BigcommerceDialect()
NO_SUCH = bigcommerce_error(404, "The requested resource was not found.")
EMPTY = Answer(204, content=b"")
ADDRESS = 1
COMMENTS = " / "
"""Stands between the provider and the comments in the books, which so outlive a restart."""

Json = dict[str, Any]


class BigcommerceDesk:
    """The deeds. A shipment's id is its place among the order's, deleted ones too."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def products(self, order_id: str, page: int) -> Answer:
        lines = self._order(order_id)["line_items"] if page == 1 else []
        return Answer(200, [_product(order_id, line) for line in lines]) if lines else EMPTY

    def ship(self, order_id: str, body: Body) -> Answer:
        """201 with the shipment, 404 without such an order, 400 for more than remains."""
        wanted = _parsed(body)
        self._order(order_id)
        payload = {
            "reference": wanted.tracking_number or "none",
            "tracking_number": wanted.tracking_number or "none",
            "carrier": f"{wanted.shipping_provider}{COMMENTS}{wanted.comments}"[:255],
            "line_items": [{"id": str(one.order_product_id), "quantity": one.quantity} for one in wanted.items],
        }
        try:
            made: Json = self._desk.fulfill(order_id, payload, None).body
        except RefusedError as refusal:
            raise RefusedError(bigcommerce_error(400, refusal.answer.body["error"]["message"])) from None
        return Answer(201, _shown(len(self._shipments(order_id)), made))

    def listed(self, order_id: str, page: int) -> Answer:
        """200 with the order's shipments, 204 where there are none."""
        self._order(order_id)
        live = [_shown(*one) for one in self._shipments(order_id) if one[1]["status"] == "live"]
        return Answer(200, live) if live and page == 1 else EMPTY

    def shipment(self, order_id: str, shipment_id: int) -> Answer:
        return Answer(200, _shown(shipment_id, self._live(order_id, shipment_id)))

    def delete(self, order_id: str, shipment_id: int, fault: Fault) -> Answer:
        """204; 404 where there is none, or none any more."""
        outcome = self._desk.cancel(self._live(order_id, shipment_id)["fulfillment_id"], fault).body["outcome"]
        return bigcommerce_error(409, "The shipment can't be deleted.") if outcome == "too_late" else EMPTY

    def reference_of(self, order_id: str, shipment_id: int) -> str | None:
        try:
            return str(dict(self._shipments(order_id))[shipment_id]["reference"])
        except (RefusedError, KeyError):
            return None

    def _order(self, order_id: str) -> Json:
        try:
            order: Json = self._desk.get_order(order_id).body
        except RefusedError:
            raise RefusedError(NO_SUCH) from None
        return order

    def _shipments(self, order_id: str) -> list[tuple[int, Json]]:
        self._order(order_id)
        found: list[Json] = self._desk.find(order_id, None).body["fulfillments"]
        return list(enumerate(found, 1))

    def _live(self, order_id: str, shipment_id: int) -> Json:
        found = dict(self._shipments(order_id)).get(shipment_id)
        if found is None or found["status"] != "live":
            raise RefusedError(NO_SUCH)
        return found


def _shown(shipment_id: int, fact: Json) -> Json:
    provider, _, comments = fact["carrier"].partition(COMMENTS)
    return {
        "id": shipment_id,
        "order_id": int(fact["external_id"]),
        "order_address_id": ADDRESS,
        "tracking_number": fact["tracking_number"],
        "shipping_provider": provider,
        "comments": comments,
        "items": [{"order_product_id": int(line["id"]), "quantity": line["quantity"]} for line in fact["line_items"]],
    }


def _product(order_id: str, line: Json) -> Json:
    return {
        "id": int(line["id"]),
        "order_id": int(order_id),
        "order_address_id": ADDRESS,
        "type": "physical",
        "sku": line["sku"],
        "quantity": line["quantity"],
        "quantity_shipped": line["quantity"] - line["remaining"],
    }


def _parsed(body: Body) -> ShipmentPost:
    try:
        return ShipmentPost.model_validate(body.payload())
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise RefusedError(bigcommerce_error(400, f"The field '{name}' is invalid.")) from None


def bigcommerce_routes(gate: Gate, desk: Desk) -> APIRouter:
    """`/sim/bigcommerce`, which a bridge's `base_url` names."""
    router = APIRouter(prefix="/sim/bigcommerce/stores/{store_hash}/v2/orders/{order_id}")
    _list_routes(router, gate, BigcommerceDesk(desk))
    return router


def _list_routes(router: APIRouter, gate: Gate, desk: BigcommerceDesk) -> None:
    @router.get("/products")
    async def products(request: Request, order_id: str, page: int = 1) -> Response:
        call = Call("orders.get", None, absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: desk.products(order_id, page), SPEAK)

    @router.get("/shipments")
    async def listed(request: Request, order_id: str, page: int = 1) -> Response:
        call = Call("fulfillments.find", None, absent=EMPTY)
        return await gate.pass_through(request, call, lambda _: desk.listed(order_id, page), SPEAK)

    @router.post("/shipments")
    async def ship(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        call = Call("fulfillments.create", body.text("tracking_number"))
        return await gate.pass_through(request, call, lambda _: desk.ship(order_id, body), SPEAK)

    @router.get("/shipments/{shipment_id}")
    async def shipment(request: Request, order_id: str, shipment_id: int) -> Response:
        call = Call("fulfillments.status", desk.reference_of(order_id, shipment_id), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: desk.shipment(order_id, shipment_id), SPEAK)

    @router.delete("/shipments/{shipment_id}")
    async def delete(request: Request, order_id: str, shipment_id: int) -> Response:
        call = Call("fulfillments.cancel", desk.reference_of(order_id, shipment_id), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda fault: desk.delete(order_id, shipment_id, fault), SPEAK)
