"""Amazon's HTTP routes, below `/sim/amazon`."""

from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.channel.amazon.auth import CALL, SIGN_IN, TOKEN, amazon_error, invalid_input, refuse_sign_in
from sandbox.channel.amazon.contracts import DATA_SETS, Confirmation
from sandbox.channel.channel_service import ChannelService

NO_ORDER = amazon_error(404, "NotFound", "Order not found.")

STATUSES = {"pending": "PENDING", "on_hold": "PENDING_AVAILABILITY", "failed": "UNFULFILLABLE", "completed": "SHIPPED"}
CANCELLED = ("cancelled", "refunded", "trashed")

Json = dict[str, Any]


class AmazonService:
    """Handles the calls. The store's idempotency key is the order's id and the package's number."""

    def __init__(self, channel: ChannelService) -> None:
        self._channel = channel

    def create_token(self, form: bytes) -> Answer:
        """Return 200 with a token; 400 for a malformed sign-in, 401 for the secret `invalid`."""
        fields = {name: values[0] for name, values in parse_qs(form.decode(errors="replace")).items()}
        if fields.get("grant_type") != "refresh_token" or not fields.get("refresh_token"):
            return Answer(400, {"error": "invalid_request", "error_description": "a parameter is missing"})
        if fields.get("client_secret", "invalid") == "invalid":
            return refuse_sign_in()
        body = {"access_token": f"{TOKEN}{fields.get('client_id')}", "token_type": "bearer", "expires_in": 3600}
        return Answer(200, body)

    def get_order(self, order_id: str, included: list[str]) -> Answer:
        """Return 200 with the order and the requested data sets; 400 for an unknown data set."""
        if not DATA_SETS.issuperset(included):
            return amazon_error(400, "InvalidInput", "Invalid value for includedData.")
        lines = self._lines(order_id)
        order: Json = {"orderId": order_id, "orderItems": [_item(line, included) for line in lines]}
        if "FULFILLMENT" in included:
            order["fulfillment"] = self._fulfillment(order_id, lines)
        if "PACKAGES" in included:
            order["packages"] = [_package(entry) for entry in self._channel.entries(external_id=order_id)]
        return Answer(200, {"order": order})

    def _fulfillment(self, order_id: str, lines: list[Json]) -> Json:
        state, fulfilled = self._channel.state(order_id), sum(line["fulfilled"] for line in lines)
        left = sum(line["remaining"] for line in lines)
        status = ("PARTIALLY_SHIPPED" if left else "SHIPPED") if fulfilled else "UNSHIPPED"
        status = "CANCELLED" if state in CANCELLED or not (left or fulfilled) else STATUSES.get(state, status)
        return {"fulfillmentStatus": status, "fulfilledBy": "AMAZON" if state == "marketplace" else "MERCHANT"}

    def confirm(self, order_id: str, body: Body) -> Answer:
        """Return 204, also for a repeated number; 404 without such an order, 400 for more than remains."""
        package = parse(Confirmation, body.payload(), invalid_input).packageDetail
        if self._fulfillment(order_id, self._lines(order_id))["fulfillmentStatus"] == "CANCELLED":
            raise RefusedError(amazon_error(400, "InvalidInput", "The order is cancelled."))
        payload = {
            "reference": package.trackingNumber[:64],
            "tracking_number": package.trackingNumber,
            "carrier": package.carrierName or package.carrierCode,
            "line_items": [{"id": item.orderItemId, "quantity": item.quantity} for item in package.orderItems],
        }
        try:
            entry = self._channel.fulfill(order_id, payload, f"{order_id}/{package.packageReferenceId}")
        except RefusedError as refusal:
            raise RefusedError(amazon_error(400, "InvalidInput", refusal.message)) from None
        if entry["tracking_number"] != package.trackingNumber:
            return amazon_error(400, "InvalidInput", "The simulator does not edit packages.")
        return Answer(204, content=b"")

    def _lines(self, order_id: str) -> list[Json]:
        try:
            return self._channel.lines(order_id)
        except RefusedError:
            raise RefusedError(NO_ORDER) from None


def _item(line: Json, included: list[str]) -> Json:
    item: Json = {
        "orderItemId": line["id"],
        "quantityOrdered": line["quantity"],
        "product": {"sellerSku": line["sku"]},
    }
    if "FULFILLMENT" in included:
        item["fulfillment"] = {"quantityFulfilled": line["fulfilled"], "quantityUnfulfilled": line["remaining"]}
    return item


def _package(entry: Json) -> Json:
    return {
        "packageReferenceId": str(entry["idempotency_key"]).rpartition("/")[2],
        "trackingNumber": entry["tracking_number"],
        "carrier": entry["carrier"],
        "packageItems": [{"orderItemId": line["id"], "quantity": line["quantity"]} for line in entry["line_items"]],
    }


def amazon_routes(gate: FaultGate, channel: ChannelService) -> APIRouter:
    """Return the router of `/sim/amazon`, the `base_url` of bridges."""
    router = APIRouter(prefix="/sim/amazon")
    service = AmazonService(channel)

    @router.post("/auth/o2/token")
    async def create_token(request: Request) -> Response:
        form = await request.body()
        call = Call("tokens.create", None)
        return await gate.answer(request, call, lambda _: service.create_token(form), SIGN_IN)

    @router.get("/orders/2026-01-01/orders/{order_id}")
    async def get_order(request: Request, order_id: str) -> Response:
        included = [name for name in request.query_params.get("includedData", "").split(",") if name]
        call = Call("orders.get", None, absent=NO_ORDER)
        return await gate.answer(request, call, lambda _: service.get_order(order_id, included), CALL)

    @router.post("/orders/v0/orders/{order_id}/shipmentConfirmation")
    async def confirm(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        call = Call("fulfillments.create", body.text("packageDetail", "trackingNumber"))
        return await gate.answer(request, call, lambda _: service.confirm(order_id, body), CALL)

    return router
