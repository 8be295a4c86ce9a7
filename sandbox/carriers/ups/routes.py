"""UPS's HTTP routes, below `/sim/ups`."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError, parse
from sandbox.auth import basic_pair
from sandbox.calls import Body, Call, FaultGate, Handler
from sandbox.carriers.invoices import draw_invoice
from sandbox.carriers.sales import Sale, Sales, SoldLabel, list_visible
from sandbox.carriers.ups import contracts, mapping
from sandbox.carriers.ups.auth import CALL, SIGN_IN, TOKEN, invalid_field, ups_error
from sandbox.carriers.ups.customs import find_customs_problem
from sandbox.carriers.ups.rules import find_problem, read_purchase
from sandbox.faults import Fault

CARRIER = "ups"
NO_SHIPMENT = ups_error(400, "190102", "No shipment found within the allowed void period")
NO_LABEL = ups_error(400, "300021", "The label for this tracking number can not be recovered.")
NOTHING = Answer(200, mapping.tracking_response([], ""))


class UpsService:
    """Handles the calls."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def create_token(self, authorization: str, form: bytes) -> Answer:
        """Return 200 with a token; 401 for the secret `invalid`, 400 for a malformed sign-in."""
        fields = parse_qs(form.decode(errors="replace"))
        pair = basic_pair(authorization)
        if fields.get("grant_type") != ["client_credentials"] or pair is None:
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
        """Return 200 with a new label; UPS has no idempotency key."""
        request = parse(contracts.ShipCall, body.payload(), invalid_field).ShipmentRequest
        code = request.Shipment.Service.Code
        service = mapping.SERVICES.get(code)
        if service is None:
            raise RefusedError(ups_error(400, "120500", "Missing or invalid service code"))
        problem = find_problem(code, read_purchase(request.Shipment)) or find_customs_problem(request.Shipment)
        if problem is not None:
            raise RefusedError(ups_error(400, *problem))
        sale = Sale(CARRIER, code, service, mapping.to_label_request(request), fault=fault, has_pieces=True)
        sold = self._sales.sell(sale)
        invoice = draw_invoice(sold) if sale.request.customs else None
        pieces = list_visible(sold, fault)
        return Answer(200, mapping.ship_response(sold, pieces, request.Request.SubVersion, invoice))

    def void(self, number: str, fault: Fault) -> Answer:
        """Return 200 if it is void, now or already; 400 if it does not exist, was picked up or is a later parcel."""
        found = [label for label in self._find(number) if label.tracking_number == number]
        if not found:
            return NO_SHIPMENT
        outcome = self._sales.void(found[0], fault)
        if outcome in ("voided", "already_voided"):
            return Answer(200, mapping.void_response(found[0]))
        if outcome == "too_late":
            self._sales.scan_first(found[0])
        return NO_SHIPMENT

    def recover(self, body: Body) -> Answer:
        """Return 200 with the document of a live label."""
        request = parse(contracts.RecoveryCall, body.payload(), invalid_field).LabelRecoveryRequest
        found = self._find(request.TrackingNumber)
        if not found or found[0].status != "live":
            return NO_LABEL
        form = request.LabelSpecification.LabelImageFormat.Code
        if form not in ("PDF", "ZPL"):
            return NO_LABEL
        return Answer(200, mapping.recovery_response(found[0], found[0].find_piece(request.TrackingNumber), form))

    def find_by_reference(self, reference: str, query: dict[str, str], fault: Fault) -> Answer:
        """Return 200 with every parcel of a reference and pickup date, including voided ones."""
        begin, end = query.get("fromPickUpDate", ""), query.get("toPickUpDate", "")
        if not query.get("shipperNum") or not (begin + end).isdigit():
            return ups_error(400, "VR0001", "shipperNum and the dates are needed")
        found = self._sales.find(CARRIER, reference=reference)
        dated = [label for label in found if begin <= pickup_date_of(label) <= end]
        pieces = [(label, piece) for label in dated for piece in list_visible(label, fault)]
        return Answer(200, mapping.tracking_response(pieces, reference))

    def find_by_number(self, number: str) -> Answer:
        """Return 200 with one parcel."""
        pieces = [(label, label.find_piece(number)) for label in self._find(number)]
        return Answer(200, mapping.tracking_response(pieces, number))

    def quote(self, body: Body) -> Answer:
        """Return 200 with the price of every service."""
        return Answer(
            200, mapping.rates_response(parse(contracts.RateCall, body.payload(), invalid_field).RateRequest.Shipment)
        )

    def reference_of(self, number: str | None) -> str | None:
        """Return the reference of the label with that tracking number."""
        return self._sales.reference_of(CARRIER, tracking_number=number) if number else None

    def _find(self, number: str) -> list[SoldLabel]:
        return self._sales.find(CARRIER, tracking_number=number)


def pickup_date_of(label: SoldLabel) -> str:
    """Return the day on which the shipment starts, as the buyer named it or else that of the purchase."""
    return str(label.request["options"].get("ship_date", label.created_at[:10].replace("-", "")))


def ups_routes(gate: FaultGate, sales: Sales) -> APIRouter:
    """Return the router of `/sim/ups`, the `base_url` of accounts."""
    router = APIRouter(prefix="/sim/ups")
    service = UpsService(sales)
    _ship_routes(router, gate, service)
    _track_routes(router, gate, service)

    @router.post("/security/v1/oauth/token")
    async def create_token(request: Request) -> Response:
        form, authorization = await request.body(), request.headers.get("Authorization", "")
        return await gate.answer(
            request, Call("tokens.create", None), lambda _: service.create_token(authorization, form), SIGN_IN
        )

    return router


def _ship_routes(router: APIRouter, gate: FaultGate, service: UpsService) -> None:
    @router.post("/api/shipments/v2409/ship")
    async def ship(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", _reference(body))
        return await gate.answer(request, call, lambda fault: service.ship(body, fault), CALL)

    @router.delete("/api/shipments/v2409/void/cancel/{number}")
    async def void(request: Request, number: str) -> Response:
        call = Call("labels.void", service.reference_of(number), absent=NO_SHIPMENT)
        return await gate.answer(request, call, lambda fault: service.void(number, fault), CALL)

    @router.post("/api/labels/v1/recovery")
    async def recover(request: Request) -> Response:
        body = await gate.body(request)
        reference = service.reference_of(body.text("LabelRecoveryRequest", "TrackingNumber"))
        call = Call("labels.document", reference, absent=NO_LABEL)
        return await gate.answer(request, call, lambda _: service.recover(body), CALL)


def _track_routes(router: APIRouter, gate: FaultGate, service: UpsService) -> None:
    @router.get("/api/track/v1/reference/details/{reference}")
    async def find_by_reference(request: Request, reference: str) -> Response:
        query = dict(request.query_params)
        handler = _require_headers(request, lambda fault: service.find_by_reference(reference, query, fault))
        return await gate.answer(request, Call("labels.find", reference, absent=NOTHING), handler, CALL)

    @router.get("/api/track/v1/details/{number}")
    async def find_by_number(request: Request, number: str) -> Response:
        call = Call("labels.track", service.reference_of(number), absent=NOTHING)
        return await gate.answer(
            request, call, _require_headers(request, lambda _: service.find_by_number(number)), CALL
        )

    @router.post("/api/rating/v2409/Shop")
    async def quote(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(request, Call("labels.rates", None), lambda _: service.quote(body), CALL)


def _require_headers(request: Request, answer: Handler) -> Handler:
    """Return a handler that requires the headers which Tracking requires of every request."""
    if request.headers.get("transId") and request.headers.get("transactionSrc"):
        return answer
    return lambda _: ups_error(400, "VSS100", "transId and transactionSrc are needed")


def _reference(body: Body) -> str | None:
    """Return the reference of a purchase from either place, to log it with the request."""
    shipment = ("ShipmentRequest", "Shipment")
    on_parcel = body.text(*shipment, "Package", 0, "ReferenceNumber", 0, "Value")
    return on_parcel or body.text(*shipment, "ReferenceNumber", 0, "Value")
