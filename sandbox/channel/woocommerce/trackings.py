"""The Shipment Tracking plugin's HTTP calls. A tracking takes all that remains of its order."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints, ValidationError, model_validator

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.channel.channel_service import Desk
from sandbox.channel.woocommerce.auth import NO_SUCH, SPEAK, woocommerce_error
from sandbox.channel.woocommerce.contracts import StrictModel, Text
from sandbox.faults import Fault

NO_TRACKING = woocommerce_error(404, "woocommerce_rest_shipment_tracking_invalid_id", "Invalid shipment tracking ID.")

Json = dict[str, Any]


class Tracking(StrictModel):
    """A provider of the plugin's own, or another."""

    tracking_number: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    tracking_provider: Annotated[str | None, Field(pattern=r"^(Fedex|UPS|USPS)$")] = None
    custom_tracking_provider: Text | None = None

    @model_validator(mode="after")
    def provider_is_named(self) -> "Tracking":
        if (self.tracking_provider is None) == (self.custom_tracking_provider is None):
            raise ValueError("one provider is required")
        return self


class TrackingDesk:
    """The deeds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(self, order_id: str, body: Body) -> Answer:
        """201, the second time for one number too: the plugin compares nothing."""
        wanted = _parsed(body)
        self._live(order_id)
        payload = {
            "reference": wanted.tracking_number,
            "tracking_number": wanted.tracking_number,
            "carrier": wanted.tracking_provider or wanted.custom_tracking_provider,
        }
        try:
            return Answer(201, _shown(self._desk.fulfill(order_id, payload, None).body))
        except RefusedError as refusal:
            message = refusal.answer.body["error"]["message"]
            raise RefusedError(woocommerce_error(400, "rest_invalid_param", message)) from None

    def listed(self, order_id: str) -> Answer:
        return Answer(200, [_shown(one) for one in self._live(order_id)])

    def delete(self, order_id: str, tracking_id: str, fault: Fault) -> Answer:
        """200 with what was deleted; 404 where there is none, or none any more."""
        found = [one for one in self._live(order_id) if one["fulfillment_id"] == tracking_id]
        if not found:
            return NO_TRACKING
        if self._desk.cancel(tracking_id, fault).body["outcome"] == "too_late":
            return woocommerce_error(400, "rest_cannot_delete", "The tracking can't be deleted.")
        return Answer(200, _shown(found[0]))

    def _live(self, order_id: str) -> list[Json]:
        try:
            found: list[Json] = self._desk.find(order_id, None).body["fulfillments"]
        except RefusedError:
            raise RefusedError(NO_SUCH) from None
        return [one for one in found if one["status"] == "live"]


def _shown(fact: Json) -> Json:
    return {
        "tracking_id": fact["fulfillment_id"],
        "tracking_provider": fact["carrier"],
        "tracking_number": fact["tracking_number"],
    }


def _parsed(body: Body) -> Tracking:
    try:
        return Tracking.model_validate(body.payload())
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise RefusedError(woocommerce_error(400, "rest_invalid_param", f"Invalid parameter(s): {name}")) from None


def tracking_routes(gate: Gate, desk: Desk) -> APIRouter:
    """`/wc-shipment-tracking/v3`."""
    router = APIRouter(prefix="/wc-shipment-tracking/v3/orders/{order_id}/shipment-trackings")
    own = TrackingDesk(desk)

    @router.get("")
    async def listed(request: Request, order_id: str) -> Response:
        call = Call("fulfillments.find", None, absent=Answer(200, []))
        return await gate.pass_through(request, call, lambda _: own.listed(order_id), SPEAK)

    @router.post("")
    async def add(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        call = Call("fulfillments.create", body.text("tracking_number"))
        return await gate.pass_through(request, call, lambda _: own.add(order_id, body), SPEAK)

    @router.delete("/{tracking_id}")
    async def delete(request: Request, order_id: str, tracking_id: str) -> Response:
        call = Call("fulfillments.cancel", desk.reference_of(tracking_id), absent=NO_TRACKING)
        return await gate.pass_through(request, call, lambda fault: own.delete(order_id, tracking_id, fault), SPEAK)

    return router
