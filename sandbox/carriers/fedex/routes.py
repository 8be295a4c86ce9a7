"""FedEx's HTTP calls, below `/sim/fedex`."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.carriers.fedex import contracts, mapping
from sandbox.carriers.fedex.auth import TOKEN, FedexDialect, fedex_error, fedex_parsed
from sandbox.carriers.sales import Sale, Sales, SoldLabel
from sandbox.faults import Fault

CARRIER = "fedex"
NO_SUCH = fedex_error(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available.")
SIGN_IN, SPEAK = FedexDialect(needs_token=False), FedexDialect()


class FedexDesk:
    """The deeds."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def token(self, form: bytes) -> Answer:
        """200 with a token, 401 for the secret `invalid`, 422 for what is no sign-in."""
        given = {name: values[0] for name, values in parse_qs(form.decode(errors="replace")).items()}
        if given.get("grant_type") != "client_credentials" or "client_id" not in given:
            return fedex_error(422, "BAD.REQUEST.ERROR", "Missing or duplicate parameters.")
        if given.get("client_secret", "invalid") == "invalid":
            return fedex_error(401, "NOT.AUTHORIZED.ERROR", "The given client credentials were not valid.")
        body = {
            "access_token": f"{TOKEN}{given['client_id']}",
            "token_type": "bearer",
            "expires_in": 3599,
            "scope": "CXS",
        }
        return Answer(200, body)

    def ship(self, body: Body, fault: Fault) -> Answer:
        """200 with a new label: FedEx knows no idempotency key."""
        request = fedex_parsed(contracts.ShipRequest, body.payload())
        shipment = request.requestedShipment
        service = mapping.SERVICES.get(shipment.serviceType)
        if service is None:
            raise RefusedError(fedex_error(400, "SERVICETYPE.NOT.FOUND", "Service type is invalid."))
        sale = Sale(CARRIER, shipment.serviceType, service, mapping.wanted(request), fault=fault)
        return Answer(200, mapping.shipped(self._sales.sell(sale), shipment, service))

    def cancel(self, body: Body, fault: Fault) -> Answer:
        """200 where it is cancelled, 400 where it was already or is tendered, 404 where there is none."""
        number = fedex_parsed(contracts.CancelRequest, body.payload()).trackingNumber
        found = self._sales.find(CARRIER, tracking_number=number)
        if not found:
            return NO_SUCH
        outcome = self._sales.void(found[0], fault)
        if outcome == "voided":
            done = {
                "cancelledShipment": True,
                "cancelledHistory": True,
                "message": "Shipment is successfully cancelled",
            }
            return Answer(200, mapping.output(done))
        if outcome == "too_late":
            self._sales.scan_first(found[0])
        return fedex_error(400, "SHIPMENT.CANCEL.FAILED", "Shipment could not be cancelled.")

    def by_reference(self, body: Body) -> Answer:
        """200 with every shipment of a reference, cancelled ones too."""
        value = fedex_parsed(contracts.ReferenceRequest, body.payload()).referencesInformation.value
        return self._tracked(self._sales.find(CARRIER, reference=value), value)

    def by_number(self, body: Body) -> Answer:
        """200 with one shipment."""
        info = fedex_parsed(contracts.TrackRequest, body.payload()).trackingInfo
        number = info[0].trackingNumberInfo.trackingNumber
        return self._tracked(self._sales.find(CARRIER, tracking_number=number), number)

    def rates(self, body: Body) -> Answer:
        """200 with every service's price."""
        return Answer(200, mapping.rated(fedex_parsed(contracts.RateRequest, body.payload()).requestedShipment))

    def reference_of(self, body: Body, *path: str | int) -> str | None:
        """The reference of the label whose tracking number stands at that path."""
        number = body.text(*path)
        return self._sales.reference_of(CARRIER, tracking_number=number) if number else None

    def _tracked(self, found: list[SoldLabel], asked: str) -> Answer:
        return Answer(200, mapping.tracked(found, asked))


def fedex_routes(gate: Gate, sales: Sales) -> APIRouter:
    """`/sim/fedex`, which an account's `base_url` names."""
    router = APIRouter(prefix="/sim/fedex")
    desk = FedexDesk(sales)
    _ship_routes(router, gate, desk)
    _track_routes(router, gate, desk)

    @router.post("/oauth/token")
    async def token(request: Request) -> Response:
        form = await request.body()
        return await gate.pass_through(request, Call("tokens.create", None), lambda _: desk.token(form), SIGN_IN)

    return router


def _ship_routes(router: APIRouter, gate: Gate, desk: FedexDesk) -> None:
    reference = ("requestedShipment", "requestedPackageLineItems", 0, "customerReferences", 0, "value")

    @router.post("/ship/v1/shipments")
    async def ship(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", body.text(*reference))
        return await gate.pass_through(request, call, lambda fault: desk.ship(body, fault), SPEAK)

    @router.put("/ship/v1/shipments/cancel")
    async def cancel(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.void", desk.reference_of(body, "trackingNumber"), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda fault: desk.cancel(body, fault), SPEAK)


def _track_routes(router: APIRouter, gate: Gate, desk: FedexDesk) -> None:
    @router.post("/track/v1/referencenumbers")
    async def by_reference(request: Request) -> Response:
        body = await gate.body(request)
        reference = body.text("referencesInformation", "value")
        call = Call("labels.find", reference, absent=Answer(200, mapping.tracked([], "")))
        return await gate.pass_through(request, call, lambda _: desk.by_reference(body), SPEAK)

    @router.post("/track/v1/trackingnumbers")
    async def by_number(request: Request) -> Response:
        body = await gate.body(request)
        reference = desk.reference_of(body, "trackingInfo", 0, "trackingNumberInfo", "trackingNumber")
        call = Call("labels.track", reference, absent=Answer(200, mapping.tracked([], "")))
        return await gate.pass_through(request, call, lambda _: desk.by_number(body), SPEAK)

    @router.post("/rate/v1/rates/quotes")
    async def rates(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.pass_through(request, Call("labels.rates", None), lambda _: desk.rates(body), SPEAK)
