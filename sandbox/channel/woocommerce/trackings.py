"""HTTP routes of the Shipment Tracking plugin. A tracking takes all that remains of its order."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints, model_validator

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.woocommerce.auth import CALL, NO_ORDER, invalid_param, woocommerce_error
from sandbox.channel.woocommerce.contracts import StrictModel, Text
from sandbox.faults import Fault

NO_TRACKING = woocommerce_error(404, "woocommerce_rest_shipment_tracking_invalid_id", "Invalid shipment tracking ID.")

Json = dict[str, Any]


Provider = Literal[
    "Australia Post",
    "Canada Post",
    "DHL US",
    "EVRi",
    "Fedex",
    "Fedex Sameday",
    "OnTrac",
    "ParcelForce",
    "Purolator",
    "Royal Mail",
    "UPS",
    "USPS",
]
"""Some of the plugin's providers."""


class Tracking(StrictModel):
    """A tracking, with one of the plugin's providers or a custom one."""

    tracking_number: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    tracking_provider: Provider | None = None
    custom_tracking_provider: Text | None = None

    @model_validator(mode="after")
    def provider_is_named(self) -> "Tracking":
        if (self.tracking_provider is None) == (self.custom_tracking_provider is None):
            raise ValueError("one provider is required")
        return self


class TrackingService:
    """Handles the calls."""

    def __init__(self, channel: ChannelService) -> None:
        self._channel = channel

    def add(self, order_id: str, body: Body) -> Answer:
        """Return 201, also for a repeated number, because the plugin does not check for duplicates."""
        tracking = parse(Tracking, body.payload(), invalid_param)
        self._list_live(order_id)
        payload = {
            "reference": tracking.tracking_number,
            "tracking_number": tracking.tracking_number,
            "carrier": tracking.tracking_provider or tracking.custom_tracking_provider,
        }
        try:
            return Answer(201, _tracking(self._channel.fulfill(order_id, payload, counts_refunds=False)))
        except RefusedError as refusal:
            raise RefusedError(woocommerce_error(400, "rest_invalid_param", refusal.message)) from None

    def list_trackings(self, order_id: str) -> Answer:
        return Answer(200, [_tracking(entry) for entry in self._list_live(order_id)])

    def delete(self, order_id: str, tracking_id: str, fault: Fault) -> Answer:
        """Return 200 with the deleted tracking; 404 if it does not exist or is deleted."""
        found = [entry for entry in self._list_live(order_id) if entry["fulfillment_id"] == tracking_id]
        if not found:
            return NO_TRACKING
        if self._channel.cancel(tracking_id, fault) == "too_late":
            return woocommerce_error(400, "rest_cannot_delete", "The tracking can't be deleted.")
        return Answer(200, _tracking(found[0]))

    def _list_live(self, order_id: str) -> list[Json]:
        try:
            self._channel.lines(order_id)
        except RefusedError:
            raise RefusedError(NO_ORDER) from None
        return [entry for entry in self._channel.entries(external_id=order_id) if entry["status"] == "live"]


def _tracking(entry: Json) -> Json:
    return {
        "tracking_id": entry["fulfillment_id"],
        "tracking_provider": entry["carrier"],
        "tracking_number": entry["tracking_number"],
    }


def tracking_routes(gate: FaultGate, channel: ChannelService) -> APIRouter:
    """Return the router of `/wc-shipment-tracking/v3`."""
    router = APIRouter(prefix="/wc-shipment-tracking/v3/orders/{order_id}/shipment-trackings")
    service = TrackingService(channel)

    @router.get("")
    async def list_trackings(request: Request, order_id: str) -> Response:
        call = Call("fulfillments.find", None, absent=Answer(200, []))
        return await gate.answer(request, call, lambda _: service.list_trackings(order_id), CALL)

    @router.post("")
    async def add(request: Request, order_id: str) -> Response:
        body = await gate.body(request)
        call = Call("fulfillments.create", body.text("tracking_number"))
        return await gate.answer(request, call, lambda _: service.add(order_id, body), CALL)

    @router.delete("/{tracking_id}")
    async def delete(request: Request, order_id: str, tracking_id: str) -> Response:
        call = Call("fulfillments.cancel", channel.reference_of(tracking_id), absent=NO_TRACKING)
        return await gate.answer(request, call, lambda fault: service.delete(order_id, tracking_id, fault), CALL)

    return router
