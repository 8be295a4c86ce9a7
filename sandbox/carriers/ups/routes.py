"""UPS's HTTP calls, below `/sim/ups`."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.carriers.sales import Sale, Sales, SoldLabel
from sandbox.carriers.ups import contracts, mapping
from sandbox.carriers.ups.auth import TOKEN, UpsDialect, ups_error, ups_parsed
from sandbox.faults import Fault

CARRIER = "ups"
NO_SUCH = ups_error(400, "190102", "No shipment found within the allowed void period")
NO_LABEL = ups_error(400, "300021", "The label for this tracking number can not be recovered.")
NOTHING = Answer(200, mapping.tracked([], ""))
SIGN_IN, SPEAK = UpsDialect(needs_token=False), UpsDialect()


class UpsDesk:
    """The deeds."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def token(self, authorization: str, form: bytes) -> Answer:
        """200 with a token, 401 for the secret `invalid`, 400 for what is no sign-in."""
        given = parse_qs(form.decode(errors="replace"))
        pair = _basic(authorization)
        if given.get("grant_type") != ["client_credentials"] or pair is None:
            return ups_error(400, "10400", "Invalid/Missing Authorization Header")
        if pair[1] == "invalid":
            return ups_error(401, "10401", "ClientId is Invalid")
        body = {
            "token_type": "Bearer",
            "access_token": f"{TOKEN}{pair[0]}",
            "client_id": pair[0],
            "expires_in": "14399",
            "status": "approved",
        }
        return Answer(200, body)

    def ship(self, body: Body, fault: Fault) -> Answer:
        """200 with a new label: UPS knows no idempotency key."""
        request = ups_parsed(contracts.ShipCall, body.payload()).ShipmentRequest
        code = request.Shipment.Service.Code
        service = mapping.SERVICES.get(code)
        if service is None:
            raise RefusedError(ups_error(400, "120500", "Missing or invalid service code"))
        sale = Sale(CARRIER, code, service, mapping.wanted(request), fault=fault)
        return Answer(200, mapping.shipped(self._sales.sell(sale)))

    def void(self, number: str, fault: Fault) -> Answer:
        """200 where it is void, now or already, 400 where there is none or it was picked up."""
        found = self._found(number)
        if not found:
            return NO_SUCH
        outcome = self._sales.void(found[0], fault)
        if outcome in ("voided", "already_voided"):
            return Answer(200, mapping.voided())
        if outcome == "too_late":
            self._sales.scan_first(found[0])
        return NO_SUCH

    def recover(self, body: Body) -> Answer:
        """200 with the document of a live label."""
        request = ups_parsed(contracts.RecoveryCall, body.payload()).LabelRecoveryRequest
        found = self._found(request.TrackingNumber)
        if not found or found[0].status != "live":
            return NO_LABEL
        form = request.LabelSpecification.LabelImageFormat.Code
        return Answer(200, mapping.recovered(found[0], form)) if form in ("PDF", "ZPL") else NO_LABEL

    def by_reference(self, reference: str, query: dict[str, str]) -> Answer:
        """200 with every shipment of a reference, voided ones too."""
        if not query.get("shipperNum") or not query.get("fromPickUpDate", "").isdigit():
            return ups_error(400, "VR0001", "shipperNum and the dates are needed")
        found = self._sales.find(CARRIER, reference=reference)
        return Answer(200, mapping.tracked(found, reference))

    def by_number(self, number: str) -> Answer:
        """200 with one shipment."""
        return Answer(200, mapping.tracked(self._found(number), number))

    def rates(self, body: Body) -> Answer:
        """200 with every service's price."""
        return Answer(200, mapping.rated(ups_parsed(contracts.RateCall, body.payload()).RateRequest.Shipment))

    def reference_of(self, number: str | None) -> str | None:
        """The reference of the label with that tracking number."""
        return self._sales.reference_of(CARRIER, tracking_number=number) if number else None

    def _found(self, number: str) -> list[SoldLabel]:
        return self._sales.find(CARRIER, tracking_number=number)


def ups_routes(gate: Gate, sales: Sales) -> APIRouter:
    """`/sim/ups`, which an account's `base_url` names."""
    router = APIRouter(prefix="/sim/ups")
    desk = UpsDesk(sales)
    _ship_routes(router, gate, desk)
    _track_routes(router, gate, desk)

    @router.post("/security/v1/oauth/token")
    async def token(request: Request) -> Response:
        form, given = await request.body(), request.headers.get("Authorization", "")
        return await gate.pass_through(request, Call("tokens.create", None), lambda _: desk.token(given, form), SIGN_IN)

    return router


def _ship_routes(router: APIRouter, gate: Gate, desk: UpsDesk) -> None:
    @router.post("/api/shipments/v2409/ship")
    async def ship(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", _reference(body))
        return await gate.pass_through(request, call, lambda fault: desk.ship(body, fault), SPEAK)

    @router.delete("/api/shipments/v2409/void/cancel/{number}")
    async def void(request: Request, number: str) -> Response:
        call = Call("labels.void", desk.reference_of(number), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda fault: desk.void(number, fault), SPEAK)

    @router.post("/api/labels/v1/recovery")
    async def recover(request: Request) -> Response:
        body = await gate.body(request)
        reference = desk.reference_of(body.text("LabelRecoveryRequest", "TrackingNumber"))
        call = Call("labels.document", reference, absent=NO_LABEL)
        return await gate.pass_through(request, call, lambda _: desk.recover(body), SPEAK)


def _track_routes(router: APIRouter, gate: Gate, desk: UpsDesk) -> None:
    @router.get("/api/track/v1/reference/details/{reference}")
    async def by_reference(request: Request, reference: str) -> Response:
        query = dict(request.query_params)
        deed = _named(request, lambda: desk.by_reference(reference, query))
        return await gate.pass_through(request, Call("labels.find", reference, absent=NOTHING), deed, SPEAK)

    @router.get("/api/track/v1/details/{number}")
    async def by_number(request: Request, number: str) -> Response:
        call = Call("labels.track", desk.reference_of(number), absent=NOTHING)
        return await gate.pass_through(request, call, _named(request, lambda: desk.by_number(number)), SPEAK)

    @router.post("/api/rating/v2409/Shop")
    async def rates(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.pass_through(request, Call("labels.rates", None), lambda _: desk.rates(body), SPEAK)


def _named(request: Request, deed: Callable[[], Answer]) -> Callable[[Fault], Answer]:
    """The deed of a call that must carry what Tracking asks of every request."""
    if request.headers.get("transId") and request.headers.get("transactionSrc"):
        return lambda _: deed()
    return lambda _: ups_error(400, "VSS100", "transId and transactionSrc are needed")


def _reference(body: Body) -> str | None:
    """The reference of a purchase, wherever it stands, for the note of the call."""
    shipment = ("ShipmentRequest", "Shipment")
    on_parcel = body.text(*shipment, "Package", 0, "ReferenceNumber", 0, "Value")
    return on_parcel or body.text(*shipment, "ReferenceNumber", 0, "Value")


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, value = authorization.partition(" ")
    try:
        name, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if scheme == "Basic" and colon and name else None
