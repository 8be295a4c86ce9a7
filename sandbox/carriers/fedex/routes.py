"""FedEx's HTTP routes, below `/sim/fedex`."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.carriers.fedex import contracts, mapping
from sandbox.carriers.fedex.auth import CALL, SIGN_IN, TOKEN, fedex_error, invalid_field
from sandbox.carriers.fedex.customs import find_rate_problem
from sandbox.carriers.fedex.rules import find_purchase_problem
from sandbox.carriers.invoices import draw_invoice
from sandbox.carriers.sales import Sale, Sales, SoldLabel, list_visible
from sandbox.faults import Fault

CARRIER = "fedex"
NO_SHIPMENT = fedex_error(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available.")


class FedexService:
    """Handles the calls."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def create_token(self, form: bytes) -> Answer:
        """Return 200 with a token; 401 for the secret `invalid`, 422 for a malformed sign-in."""
        fields = {name: values[0] for name, values in parse_qs(form.decode(errors="replace")).items()}
        if fields.get("grant_type") != "client_credentials" or "client_id" not in fields:
            return fedex_error(422, "BAD.REQUEST.ERROR", "Missing or duplicate parameters.")
        if fields.get("client_secret", "invalid") == "invalid":
            return fedex_error(401, "NOT.AUTHORIZED.ERROR", "The given client credentials were not valid.")
        body = {
            "access_token": f"{TOKEN}{fields['client_id']}",
            "token_type": "bearer",
            "expires_in": 3599,
            "scope": "CXS",
        }
        return Answer(200, body)

    def ship(self, body: Body, fault: Fault) -> Answer:
        """Return 200 with a new label; FedEx has no idempotency key."""
        request = parse(contracts.ShipRequest, body.payload(), invalid_field)
        shipment = request.requestedShipment
        service = mapping.SERVICES.get(shipment.serviceType)
        if service is None:
            raise RefusedError(fedex_error(400, "SERVICETYPE.NOT.FOUND", "Service type is invalid."))
        if shipment.serviceType == mapping.HOME_DELIVERY and not shipment.recipients[0].address.residential:
            message = "Service type Ground Home Delivery must be designated as residential delivery."
            raise RefusedError(fedex_error(400, "HOMEDELIVERY.RESIDENTIAL.REQUIRED", message))
        problem = find_purchase_problem(shipment)
        if problem is not None:
            raise RefusedError(fedex_error(400, *problem))
        wanted = mapping.to_label_request(request)
        sale = Sale(CARRIER, shipment.serviceType, service, wanted, fault=fault, has_pieces=True)
        sold = self._sales.sell(sale)
        invoice = draw_invoice(sold) if shipment.shippingDocumentSpecification else None
        pieces = list_visible(sold, fault)
        return Answer(200, mapping.ship_response(sold, pieces, shipment, service, invoice))

    def cancel(self, body: Body, fault: Fault) -> Answer:
        """Return 200 if it is cancelled, 400 if it was cancelled before or is tendered, 404 if it does not exist."""
        number = parse(contracts.CancelRequest, body.payload(), invalid_field).trackingNumber
        found = self._sales.find(CARRIER, tracking_number=number)
        if not found:
            return NO_SHIPMENT
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

    def find_by_reference(self, body: Body, fault: Fault) -> Answer:
        """Return 200 with every parcel of a reference and ship date, including cancelled ones."""
        info = parse(contracts.ReferenceRequest, body.payload(), invalid_field).referencesInformation
        found = self._sales.find(CARRIER, reference=info.value)
        dated = [label for label in found if info.shipDateBegin <= ship_date_of(label) <= info.shipDateEndDate]
        pieces = [(label, piece) for label in dated for piece in list_visible(label, fault)]
        return Answer(200, mapping.tracking_response(pieces, info.value))

    def find_by_number(self, body: Body) -> Answer:
        """Return 200 with one parcel."""
        info = parse(contracts.TrackRequest, body.payload(), invalid_field).trackingInfo
        number = info[0].trackingNumberInfo.trackingNumber
        found = self._sales.find(CARRIER, tracking_number=number)
        return Answer(200, mapping.tracking_response([(label, label.find_piece(number)) for label in found], number))

    def quote(self, body: Body) -> Answer:
        """Return 200 with the price of every service that covers the route."""
        shipment = parse(contracts.RateRequest, body.payload(), invalid_field).requestedShipment
        problem = find_rate_problem(shipment)
        if problem is not None:
            raise RefusedError(fedex_error(400, *problem))
        return Answer(200, mapping.rates_response(shipment))

    def reference_of(self, body: Body, *path: str | int) -> str | None:
        """Return the reference of the label whose tracking number is at that path of the body."""
        number = body.text(*path)
        return self._sales.reference_of(CARRIER, tracking_number=number) if number else None


def ship_date_of(label: SoldLabel) -> str:
    """Return the day on which the shipment starts, as the buyer named it or else that of the purchase."""
    return str(label.request["options"].get("ship_date", label.created_at[:10]))


def fedex_routes(gate: FaultGate, sales: Sales) -> APIRouter:
    """Return the router of `/sim/fedex`, the `base_url` of accounts."""
    router = APIRouter(prefix="/sim/fedex")
    service = FedexService(sales)
    _ship_routes(router, gate, service)
    _track_routes(router, gate, service)

    @router.post("/oauth/token")
    async def create_token(request: Request) -> Response:
        form = await request.body()
        return await gate.answer(request, Call("tokens.create", None), lambda _: service.create_token(form), SIGN_IN)

    return router


def _ship_routes(router: APIRouter, gate: FaultGate, service: FedexService) -> None:
    reference = ("requestedShipment", "requestedPackageLineItems", 0, "customerReferences", 0, "value")

    @router.post("/ship/v1/shipments")
    async def ship(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", body.text(*reference))
        return await gate.answer(request, call, lambda fault: service.ship(body, fault), CALL)

    @router.put("/ship/v1/shipments/cancel")
    async def cancel(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.void", service.reference_of(body, "trackingNumber"), absent=NO_SHIPMENT)
        return await gate.answer(request, call, lambda fault: service.cancel(body, fault), CALL)


def _track_routes(router: APIRouter, gate: FaultGate, service: FedexService) -> None:
    @router.post("/track/v1/referencenumbers")
    async def find_by_reference(request: Request) -> Response:
        body = await gate.body(request)
        reference = body.text("referencesInformation", "value")
        call = Call("labels.find", reference, absent=Answer(200, mapping.tracking_response([], "")))
        return await gate.answer(request, call, lambda fault: service.find_by_reference(body, fault), CALL)

    @router.post("/track/v1/trackingnumbers")
    async def find_by_number(request: Request) -> Response:
        body = await gate.body(request)
        reference = service.reference_of(body, "trackingInfo", 0, "trackingNumberInfo", "trackingNumber")
        call = Call("labels.track", reference, absent=Answer(200, mapping.tracking_response([], "")))
        return await gate.answer(request, call, lambda _: service.find_by_number(body), CALL)

    @router.post("/rate/v1/rates/quotes")
    async def quote(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(request, Call("labels.rates", None), lambda _: service.quote(body), CALL)
