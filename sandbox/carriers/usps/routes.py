"""USPS's HTTP routes, below `/sim/usps`."""

import hashlib
import json
import uuid
from collections import Counter
from datetime import UTC, date, datetime

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.carriers.sales import Sale, Sales, SoldLabel
from sandbox.carriers.usps import contracts, international, international_mapping, mapping
from sandbox.carriers.usps.auth import CALL, PAY, PAYMENT, SIGN_IN, TOKEN, invalid_field, usps_error
from sandbox.carriers.usps.international_mapping import INTERNATIONAL
from sandbox.faults import Fault

CARRIER = "usps"
MAX_REPRINTS = 3
MAX_DAYS_AHEAD = 7
NO_ORDER = usps_error(400, "160185", "Order not found", parameter="trackingNumber")
CANCELED = usps_error(400, "160186", "Order already canceled", parameter="trackingNumber")
REFUND_SENT = usps_error(
    400, "00000XX", "A refund request for this order has already been submitted today", parameter="trackingNumber"
)
NO_REFUND = usps_error(
    400, "00000XX", "A refund request for this order cannot be submitted", parameter="trackingNumber"
)
"""The API description has a text and no code for the last two errors."""
NO_REPRINT = usps_error(
    400, "160378", "Tracking number not found for a mailing date within the last 45 days", parameter="trackingNumber"
)
NO_REPRINTS = {
    "voided": usps_error(400, "160379", "Canceled labels are unavailable for reprint", parameter="trackingNumber"),
    "refund_pending": usps_error(
        400, "160380", "Disputed labels are unavailable for reprint", parameter="trackingNumber"
    ),
}
UNKNOWN = usps_error(
    400, "150002", "7: The tracking number may be incorrect or the status update is not yet available."
)
KEY = "X-Idempotency-Key"
REFERENCE = ("packageDescription", "customerReference", 0, "referenceNumber")


class UspsService:
    """Handles the calls. Reprints and the requests of idempotency keys are kept until the simulator ends."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales
        self._reprints: Counter[str] = Counter()
        self._digests: dict[str, str] = {}

    def create_token(self, body: Body) -> Answer:
        """Return 200 with a token; 401 for the secret `invalid`, 400 for a malformed sign-in."""
        sign_in = parse(contracts.SignIn, body.payload(), invalid_field)
        if sign_in.client_secret == "invalid":  # noqa: S105 - the secret that the simulator refuses
            return Answer(401, {"error": "invalid_client", "error_description": "The client credentials are invalid"})
        known = {"access_token": f"{TOKEN}{sign_in.client_id}", "token_type": "Bearer", "expires_in": 28799}
        return Answer(200, {**known, "status": "approved", "scope": "labels tracking prices payments"})

    def authorize(self, body: Body) -> Answer:
        """Return 200 with a payment authorization."""
        roles = parse(contracts.AuthorizationRequest, body.payload(), invalid_field).roles
        known = [role.model_dump() for role in roles]
        return Answer(200, {"paymentAuthorizationToken": f"{PAYMENT}{roles[0].CRID}", "roles": known})

    def buy(self, body: Body, key: str | None, accept: str, fault: Fault) -> Answer:
        """Return 200 with a label; the earlier one, if the key bought one before."""
        request = parse(contracts.LabelRequest, body.payload(), invalid_field)
        mail_class = request.packageDescription.mailClass
        service, stored = mapping.SERVICES[mail_class], mapping.to_label_request(request)
        sale = Sale(CARRIER, mail_class, service, stored, idempotency_key=key, fault=fault)
        return self._sell(sale, body, request.packageDescription.mailingDate, accept)

    def buy_international(self, body: Body, key: str | None, accept: str, fault: Fault) -> Answer:
        """Return 200 with a label to another country; the earlier one, if the key bought one before."""
        request = parse(international.InternationalLabelRequest, body.payload(), invalid_field)
        mail_class = request.packageDescription.mailClass
        service, stored = INTERNATIONAL[mail_class], international_mapping.to_label_request(request)
        sale = Sale(CARRIER, mail_class, service, stored, idempotency_key=key, fault=fault)
        return self._sell(sale, body, request.packageDescription.mailingDate, accept)

    def _sell(self, sale: Sale, body: Body, mailing_date: date, accept: str) -> Answer:
        digest = hashlib.sha256(json.dumps(body.payload(), sort_keys=True).encode()).hexdigest()
        known = self._find_by_key(sale.idempotency_key, digest)
        if known is not None:
            return mapping.label_response(known, accept)
        _check_mailing_date(mailing_date)
        return mapping.label_response(self._sales.sell(sale), accept)

    def cancel(self, tracking_number: str, fault: Fault, *, is_international: bool = False) -> Answer:
        """Return 200 with CANCELED or DISPUTED; 400 if it is cancelled, in the mail or unknown."""
        found = _list_own(self._sales.find(CARRIER, tracking_number=tracking_number), is_international)
        if not found:
            return NO_ORDER
        if found[0].status == "refund_pending":
            return REFUND_SENT
        outcome = self._sales.void(found[0], fault)
        done = {"trackingNumber": tracking_number}
        if outcome == "voided":
            return Answer(200, {**done, "status": "CANCELED"})
        if outcome == "refund_pending":
            return Answer(200, {**done, "status": "DISPUTED", "disputeId": "104660"})
        if outcome == "already_voided":
            return CANCELED
        self._sales.scan_first(found[0])
        return NO_REFUND

    def reprint(self, body: Body, key: str | None, *, is_international: bool = False) -> Answer:
        """Return 200 with the label of a key; 400 if it is cancelled, unknown or was reprinted too often."""
        parse(contracts.ReprintRequest, body.payload(), invalid_field)
        sold = self._sales.find(CARRIER, idempotency_key=_uuid(key)) if key else []
        found = _list_own(sold, is_international)
        if not found:
            return NO_REPRINT
        number = found[0].tracking_number
        if found[0].status != "live":
            return NO_REPRINTS[found[0].status]
        if self._reprints[number] >= MAX_REPRINTS:
            message = f"This label has reached the reprint limit of {MAX_REPRINTS} reprints"
            return usps_error(400, "160382", message, parameter="reprintInfo.reprintCount")
        self._reprints[number] += 1
        return Answer(200, mapping.reprint_response(found[0], self._reprints[number], MAX_REPRINTS))

    def track(self, tracking_number: str) -> Answer:
        """Return 200 with one parcel; a cancelled label looks like one that was never scanned."""
        found = self._sales.find(CARRIER, tracking_number=tracking_number)
        if not found:
            return UNKNOWN
        return Answer(200, mapping.tracking_response(found[0]))

    def quote(self, body: Body) -> Answer:
        """Return 200 with the price of one service."""
        return Answer(200, mapping.rate_response(parse(contracts.RateRequest, body.payload(), invalid_field)))

    def quote_extra_services(self, body: Body) -> Answer:
        """Return 200 with the prices of extra services of one mail class."""
        request = parse(contracts.ExtraServiceRateRequest, body.payload(), invalid_field)
        return Answer(200, mapping.extra_service_rates_response(request))

    def quote_international(self, body: Body) -> Answer:
        """Return 200 with the price of one service to another country."""
        request = parse(international.RateRequest, body.payload(), invalid_field)
        return Answer(200, international_mapping.rate_response(request))

    def quote_international_extra_service(self, body: Body) -> Answer:
        """Return 200 with the price of one extra service to another country."""
        request = parse(international.ExtraServiceRateRequest, body.payload(), invalid_field)
        return Answer(200, international_mapping.extra_service_rate_response(request))

    def reference_of(self, **by: str) -> str | None:
        return self._sales.reference_of(CARRIER, **by)

    def _find_by_key(self, key: str | None, digest: str) -> SoldLabel | None:
        """Return the live label of a key.

        Raises:
            RefusedError: 400, the key was used for another request, or its label is cancelled.
        """
        if key is None:
            return None
        found = self._sales.find(CARRIER, idempotency_key=_uuid(key))
        if not found:
            self._digests[key] = digest
            return None
        if found[0].status != "live" or self._digests.get(key, digest) != digest:
            message = "The idempotency key was used before."
            raise RefusedError(usps_error(400, "400", message, parameter=KEY))
        return found[0]


def _list_own(labels: list[SoldLabel], is_international: bool) -> list[SoldLabel]:
    """Return the labels of one of USPS's two interfaces: domestic or international."""
    return [label for label in labels if (label.service in INTERNATIONAL) is is_international]


def _check_mailing_date(day: date) -> None:
    """Allow today and the next seven days; also yesterday, because the date is earlier in the west."""
    ahead = (day - datetime.now(UTC).date()).days
    if not -1 <= ahead <= MAX_DAYS_AHEAD:
        message = f"cannot be in the past or more than {MAX_DAYS_AHEAD} days in the future"
        raise RefusedError(usps_error(400, "160001", message, parameter="packageDescription.mailingDate"))


def _uuid(key: str) -> str:
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise RefusedError(usps_error(400, "400", "The idempotency key is not a UUID.", parameter=KEY)) from None


def usps_routes(gate: FaultGate, sales: Sales) -> APIRouter:
    """Return the router of `/sim/usps`, the `base_url` of accounts."""
    router = APIRouter(prefix="/sim/usps")
    service = UspsService(sales)
    _sign_in_routes(router, gate, service)
    _label_routes(router, gate, service)
    _international_routes(router, gate, service)
    _other_routes(router, gate, service)
    return router


def _sign_in_routes(router: APIRouter, gate: FaultGate, service: UspsService) -> None:
    @router.post("/oauth2/v3/token")
    async def create_token(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(request, Call("tokens.create", None), lambda _: service.create_token(body), SIGN_IN)

    @router.post("/payments/v3/payment-authorization")
    async def authorize(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(request, Call("payments.create", None), lambda _: service.authorize(body), CALL)


def _label_routes(router: APIRouter, gate: FaultGate, service: UspsService) -> None:
    @router.post("/labels/v3/label")
    async def buy(request: Request) -> Response:
        body = await gate.body(request)
        key, accept = request.headers.get(KEY), request.headers.get("Accept", "")
        call = Call("labels.create", body.text(*REFERENCE))
        return await gate.answer(request, call, lambda fault: service.buy(body, key, accept, fault), PAY)

    @router.delete("/labels/v3/label/{tracking_number}")
    async def cancel(request: Request, tracking_number: str) -> Response:
        call = Call("labels.void", service.reference_of(tracking_number=tracking_number), absent=NO_ORDER)
        return await gate.answer(request, call, lambda fault: service.cancel(tracking_number, fault), PAY)

    @router.post("/labels/v3/label-reprint")
    async def reprint(request: Request) -> Response:
        body = await gate.body(request)
        key = request.headers.get(KEY)
        known = service.reference_of(idempotency_key=key) if key else None
        call = Call("labels.find", known, absent=NO_REPRINT)
        return await gate.answer(request, call, lambda _: service.reprint(body, key), PAY)


def _international_routes(router: APIRouter, gate: FaultGate, service: UspsService) -> None:
    labels = "/international-labels/v3/international-label"

    @router.post(labels)
    async def buy_international(request: Request) -> Response:
        body = await gate.body(request)
        key, accept = request.headers.get(KEY), request.headers.get("Accept", "")
        call = Call("labels.create", body.text(*REFERENCE))
        return await gate.answer(request, call, lambda fault: service.buy_international(body, key, accept, fault), PAY)

    @router.delete(f"{labels}/{{tracking_number}}")
    async def cancel_international(request: Request, tracking_number: str) -> Response:
        call = Call("labels.void", service.reference_of(tracking_number=tracking_number), absent=NO_ORDER)
        return await gate.answer(
            request, call, lambda fault: service.cancel(tracking_number, fault, is_international=True), PAY
        )

    @router.post(f"{labels}-reprint")
    async def reprint_international(request: Request) -> Response:
        body = await gate.body(request)
        key = request.headers.get(KEY)
        known = service.reference_of(idempotency_key=key) if key else None
        call = Call("labels.find", known, absent=NO_REPRINT)
        return await gate.answer(request, call, lambda _: service.reprint(body, key, is_international=True), PAY)


def _other_routes(router: APIRouter, gate: FaultGate, service: UspsService) -> None:
    @router.get("/tracking/v3/tracking/{tracking_number}")
    async def track(request: Request, tracking_number: str) -> Response:
        call = Call("labels.track", service.reference_of(tracking_number=tracking_number), absent=UNKNOWN)
        return await gate.answer(request, call, lambda _: service.track(tracking_number), CALL)

    @router.post("/prices/v3/base-rates/search")
    async def quote(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(request, Call("labels.rates", None), lambda _: service.quote(body), CALL)

    @router.post("/prices/v3/extra-service-rates/search")
    async def quote_extra_services(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(
            request, Call("labels.rates", None), lambda _: service.quote_extra_services(body), CALL
        )

    @router.post("/international-prices/v3/base-rates/search")
    async def quote_international(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.rates", None)
        return await gate.answer(request, call, lambda _: service.quote_international(body), CALL)

    @router.post("/international-prices/v3/extra-service-rates/search")
    async def quote_international_extra_service(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.rates", None)
        return await gate.answer(request, call, lambda _: service.quote_international_extra_service(body), CALL)
