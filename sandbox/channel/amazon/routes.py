"""Amazon's HTTP calls, below `/sim/amazon`."""

from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.channel.amazon.auth import TOKEN, AmazonDialect, amazon_error, signing_in_refused
from sandbox.channel.amazon.contracts import Confirmation
from sandbox.channel.channel_service import Desk

SIGN_IN, SPEAK = AmazonDialect(needs_token=False), AmazonDialect()
NO_SUCH = amazon_error(404, "NotFound", "Order not found.")

Json = dict[str, Any]


class AmazonDesk:
    """The deeds. A package's number is kept in the books as its idempotency key, beside the order's id."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def token(self, form: bytes) -> Answer:
        """200 with a token, 400 for what is no sign-in, 401 for the secret `invalid`."""
        given = {name: values[0] for name, values in parse_qs(form.decode(errors="replace")).items()}
        if given.get("grant_type") != "refresh_token" or not given.get("refresh_token"):
            return Answer(400, {"error": "invalid_request", "error_description": "a parameter is missing"})
        if given.get("client_secret", "invalid") == "invalid":
            return signing_in_refused()
        body = {"access_token": f"{TOKEN}{given.get('client_id')}", "token_type": "bearer", "expires_in": 3600}
        return Answer(200, body)

    def order(self, order_id: str, *, with_packages: bool) -> Answer:
        """200 with the order; its packages where they are asked for."""
        found = self._order(order_id)
        packages = [_package(one) for one in self._desk.entries(external_id=order_id)]
        told = {"packages": packages} if with_packages else {}
        return Answer(200, {"order": {"orderId": order_id, "orderItems": [_item(one) for one in found], **told}})

    def confirm(self, order_id: str, body: Body) -> Answer:
        """204, the second time for the same number too; 404 without such an order, 400 for more than remains."""
        wanted = _parsed(body).packageDetail
        self._order(order_id)
        key = f"{order_id}/{wanted.packageReferenceId}"
        payload = {
            "reference": wanted.trackingNumber[:64],
            "tracking_number": wanted.trackingNumber,
            "carrier": wanted.carrierName or wanted.carrierCode,
            "line_items": [{"id": one.orderItemId, "quantity": one.quantity} for one in wanted.orderItems],
        }
        try:
            made: Json = self._desk.fulfill(order_id, payload, key).body
        except RefusedError as refusal:
            raise RefusedError(amazon_error(400, "InvalidInput", refusal.answer.body["error"]["message"])) from None
        if made["tracking_number"] != wanted.trackingNumber:
            return amazon_error(400, "InvalidInput", "The simulator edits no packages.")
        return Answer(204, content=b"")

    def _order(self, order_id: str) -> list[Json]:
        try:
            lines: list[Json] = self._desk.get_order(order_id).body["line_items"]
        except RefusedError:
            raise RefusedError(NO_SUCH) from None
        return lines


def _item(line: Json) -> Json:
    return {
        "orderItemId": line["id"],
        "quantityOrdered": line["quantity"],
        "product": {"sellerSku": line["sku"]},
        "fulfillment": {
            "quantityFulfilled": line["quantity"] - line["remaining"],
            "quantityUnfulfilled": line["remaining"],
        },
    }


def _package(entry: Json) -> Json:
    return {
        "packageReferenceId": str(entry["idempotency_key"]).rpartition("/")[2],
        "trackingNumber": entry["tracking_number"],
        "carrier": entry["carrier"],
        "packageItems": [{"orderItemId": line["id"], "quantity": line["quantity"]} for line in entry["line_items"]],
    }


def _parsed(body: Body) -> Confirmation:
    try:
        return Confirmation.model_validate(body.payload())
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        message = f"The input you have submitted is not valid. Please check the fields with invalid type [{name}]."
        raise RefusedError(amazon_error(400, "InvalidInput", message)) from None


def amazon_routes(gate: Gate, desk: Desk) -> APIRouter:
    """`/sim/amazon`, which a bridge's `base_url` names."""
    router = APIRouter(prefix="/sim/amazon")
    own = AmazonDesk(desk)

    @router.post("/auth/o2/token")
    async def token(request: Request) -> Response:
        form = await request.body()
        return await gate.pass_through(request, Call("tokens.create", None), lambda _: own.token(form), SIGN_IN)

    @router.get("/orders/2026-01-01/orders/{order_id}")
    async def order(request: Request, order_id: str) -> Response:
        with_packages = request.query_params.get("includedData") == "PACKAGES"
        call = Call("orders.get", None, absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: own.order(order_id, with_packages=with_packages), SPEAK)

    @router.post("/orders/v0/orders/{order_id}/shipmentConfirmation")
    async def confirm(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        call = Call("fulfillments.create", body.text("packageDetail", "trackingNumber"))
        return await gate.pass_through(request, call, lambda _: own.confirm(order_id, body), SPEAK)

    return router
