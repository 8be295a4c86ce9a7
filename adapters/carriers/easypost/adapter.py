"""The EasyPost adapter: implements the carrier port."""

import time
from collections.abc import Sequence

import httpx

from adapters.carriers.easypost import answers, customs, options, requests
from adapters.carriers.easypost.client import EasyPostClient
from adapters.carriers.easypost.codes import MAY_BE_BOUGHT
from adapters.carriers.easypost.errors import error_details, is_missing, parse_answer
from adapters.http.client import path_part
from adapters.http.json import SHAPE, Json
from adapters.http.refusals import explain_refusal
from adapters.http.transport import Destination
from domain.adoption import find_contradiction
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, NotSent, Rejected
from domain.label_parts import LabelDocument
from domain.shipping import (
    CarrierCapabilities,
    Connection,
    Label,
    PurchaseAttempt,
    Rate,
    RawAnswer,
    RefundState,
    SafetyClass,
    ShipmentRequest,
    VoidResult,
)
from domain.tracking import Tracking

SHIPMENTS = "/v2/shipments"
TRACKERS = "/v2/trackers"
MAX_PAGES = 100
"""Limits a search to 10,000 shipments, at 100 per page, so that a busy account does not keep a worker for long."""


class EasyPostCarrier:
    """One EasyPost account; see `domain.ports.carrier.CarrierPort`.

    A purchase takes two calls: the first creates a shipment, which is free, and the second buys it, which EasyPost does
    only once.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = EasyPostClient(connection, destination)
        self._carrier_account_id = connection.settings.option("carrier_account_id")
        # Shipments are found by reference; an unbought one is bought under its own id, and so at most once.
        self.capabilities = CarrierCapabilities(SafetyClass.LOOKUP_STRONG, self._client.max_seconds + 1.0, 0.0)
        self.aclose = self._client.aclose

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Create a shipment, unless one with this reference exists, and send exactly one purchase of it."""
        body = requests.build_shipment(request, self._carrier_account_id, reference)
        latest = time.monotonic() + self._client.prepare_seconds
        found = await self._find_shipment(reference)
        answer = await self._create_shipment(body, latest - time.monotonic()) if found is None else found
        shipment = _parse_shipment(answer)
        # A shipment of this delivery needs no comparison: EasyPost may correct its address.
        other = None if found is None else _find_difference(shipment, request, body)
        if answers.is_bought(shipment):
            if other is not None:
                raise Ambiguous(f"already bought with a different {other}")
            return answer
        if other is not None:
            # A second shipment with this reference must not be created: EasyPost would sell both.
            message = f"EasyPost has an unbought shipment with a different {other}; a retry creates a new one"
            raise Rejected(message, vendor_code="changed_meanwhile")
        path = f"{_shipment_path(answers.parse_shipment_id(shipment))}/buy"
        purchase = requests.build_purchase(answers.choose_rate(shipment, request.service), request)
        if time.monotonic() > latest:
            raise NotSent("creating the shipment took too long; nothing was bought")
        bought = await self._client.call("POST", path, purchase)
        code = error_details(bought).code
        if code in MAY_BE_BOUGHT or bought.status == httpx.codes.CONFLICT:
            # Not stored as an answer: the carrier behind EasyPost may still process the purchase.
            raise Ambiguous(f"status {bought.status}", vendor_code=code)
        return bought

    async def _find_shipment(self, reference: str) -> RawAnswer | None:
        """Return the shipment that an earlier delivery created with this reference; None if there is none."""
        try:
            answer = await self._client.call(
                "GET", _shipment_path(reference), within_seconds=self._client.prepare_seconds
            )
            if is_missing(answer):
                return None
            answers.require_reference(parse_answer(answer), reference)
        except Ambiguous as error:
            raise NotSent(f"looking for an earlier shipment failed: {error.message}") from error
        return answer

    async def _create_shipment(self, body: Json, within_seconds: float) -> RawAnswer:
        """Create a shipment. An unknown outcome raises Ambiguous, so that the next delivery waits and finds it."""
        if within_seconds <= 0:
            raise NotSent("looking for an earlier shipment took too long")
        return await self._client.call("POST", SHIPMENTS, body, within_seconds=within_seconds)

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        return answers.parse_label(parse_answer(answer))

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return the bought shipments with this reference.

        EasyPost does not promise unique references: if the shipment that it finds is unbought, this searches all
        shipments that were bought at that time.
        """
        answer = await self._client.call("GET", _shipment_path(reference))
        if not is_missing(answer):
            shipment = answers.require_reference(parse_answer(answer), reference)
            if answers.is_bought(shipment):
                return [answers.parse_label(shipment)]
        return await self._find_among_bought(reference, attempt)

    async def _find_among_bought(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        labels: list[Label] = []  # the newest first, as EasyPost lists them; the callers need the oldest first
        last: str | None = None
        for _ in range(MAX_PAGES):
            query = requests.build_purchase_search(attempt, last)
            answer = await self._client.call("GET", SHIPMENTS, query=query)
            shipments, has_more = answers.parse_page(parse_answer(answer))
            ours = [shipment for shipment in shipments if shipment.get("reference") == reference]
            labels += [answers.parse_label(shipment) for shipment in ours]
            if not has_more:
                return labels[::-1]
            if not shipments:
                raise Ambiguous("EasyPost announces more shipments but returns none")
            last = answers.parse_shipment_id(shipments[-1])
        if not any(label.live for label in labels):
            raise Ambiguous("too many shipments to search")
        return labels[::-1]

    async def document(self, carrier_shipment_id: str) -> bytes:
        url = answers.find_label_url(await self._read_shipment(carrier_shipment_id))
        if url is None:
            raise Rejected("EasyPost has no document for the label", vendor_code="no_document")
        return answers.check_document(await self._fetch_file(url))

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        forms = answers.find_forms(await self._read_shipment(carrier_shipment_id))
        return tuple([answers.make_form(kind, await self._fetch_file(url)) for kind, url in forms])

    async def _fetch_file(self, url: str) -> bytes:
        answer = await self._client.fetch(url)
        if answer.status != httpx.codes.OK:
            # The file server does not know the account, and a new file may be available only later.
            raise Ambiguous(f"the label's document could not be fetched: status {answer.status}")
        return answer.body

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        """Request a label's refund; if EasyPost refuses, the shipment shows whether it was requested before."""
        answer = await self._client.call("POST", f"{_shipment_path(carrier_shipment_id)}/refund")
        if is_missing(answer):
            return VoidResult(UndoOutcome.NOT_FOUND)
        outcome = await explain_refusal(
            lambda: answers.parse_refund(parse_answer(answer)), lambda: self._explain_void(carrier_shipment_id)
        )
        if outcome is None:
            raise Ambiguous(SHAPE)
        return VoidResult(outcome)

    async def _explain_void(self, shipment_id: str) -> UndoOutcome | None:
        outcome = answers.parse_refund(await self._read_shipment(shipment_id))
        return UndoOutcome.ALREADY_VOIDED if outcome is UndoOutcome.VOIDED else outcome

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        return answers.parse_refund_state(await self._read_shipment(carrier_shipment_id))

    async def track(self, tracking_number: str) -> Tracking:
        answer = await self._client.call("GET", TRACKERS, query={"tracking_code": tracking_number})
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return the account's prices: creates a shipment that is never bought."""
        body = requests.build_shipment(request, self._carrier_account_id)
        return answers.parse_rates(parse_answer(await self._client.call("POST", SHIPMENTS, body)))

    async def verify(self) -> str:
        answers.parse_page(parse_answer(await self._client.call("GET", SHIPMENTS, query={"page_size": "1"})))
        return "EasyPost accepts the api_key"

    async def _read_shipment(self, shipment_id: str) -> Json:
        return parse_answer(await self._client.call("GET", _shipment_path(shipment_id)))


def _parse_shipment(answer: RawAnswer) -> Json:
    """Parse a shipment before its purchase; raises NotSent if that fails, because nothing was bought."""
    try:
        shipment = parse_answer(answer)
        answers.is_bought(shipment)
        answers.parse_shipment_id(shipment)
    except Ambiguous as error:
        raise NotSent(f"the shipment could not be created: {error.message}") from error
    return shipment


def _find_difference(shipment: Json, request: ShipmentRequest, body: Json) -> str | None:
    """Name a detail of an earlier delivery's shipment that differs from the operation now; None if there is none."""
    return (
        find_contradiction(answers.parse_echo(shipment), request)
        or options.find_other_option(shipment, body)
        or customs.find_other_customs(shipment, body)
    )


def _shipment_path(name: str) -> str:
    return f"{SHIPMENTS}/{path_part(name)}"
