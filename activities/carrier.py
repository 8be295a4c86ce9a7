"""Activities that buy labels, recover purchases, and void labels that an undo compensates."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from temporalio import activity

from activities.connections import find_known_change
from activities.earlier_sends import EarlierSends
from activities.effects import (
    EffectHandler,
    Effects,
    PartFound,
    build_key,
    next_look_seconds,
    to_found,
)
from activities.errors import activity_boundary, current_attempt, is_late
from activities.order_check import OrderCheck
from activities.pausing import pausing_on_auth_failure, pausing_on_refusal, require_active
from activities.payloads import CompensateInput, CompensateOutput, RecoverOutput, StepInput, StepOutput
from activities.void import void_label
from domain.adoption import find_contradiction, find_difference, is_part
from domain.carrier_names import name_parcel_carrier
from domain.effects import Effect, EffectState, UndoOutcome
from domain.errors import (
    AccountPaused,
    Ambiguous,
    AuthFailed,
    EffectError,
    Rejected,
    StillWaiting,
)
from domain.json_values import from_json, to_json
from domain.label_parts import LabelDocument, LabelParcel
from domain.label_request import choose_label_format, make_label_request
from domain.ports.carrier import CarrierPort, Carriers
from domain.ports.channel import Channels
from domain.ports.ledger import ActivityReads, LabelRecord, Ledger, ShippingData
from domain.postal.normal_form import normalize_shipment
from domain.results import LabelResult
from domain.shipping import Connection, Label, PurchaseAttempt, RawAnswer, ShipmentRequest, format_of
from domain.vendors.catalogue import CARRIERS

DOCUMENT_WITHIN = timedelta(hours=1)
"""How long a purchased label waits for its document; after that it is recorded without one."""

Fetched = TypeVar("Fetched")

FOUND = "was already bought: the carrier's answer was lost, and the label was found by its reference"

NO_VERSION = datetime(1970, 1, 1, tzinfo=UTC)
"""The version of no order: if an effect is not in doubt any more, its stored request is not sent as a new one."""


class CarrierActivities:
    """Activities that call a carrier."""

    def __init__(self, ledger: Ledger, reads: ActivityReads, carriers: Carriers, channels: Channels) -> None:
        self._effects = Effects(ledger)
        self._order_check = OrderCheck(ledger, reads, channels)
        self._ledger = ledger
        self._reads = reads
        self._carriers = carriers

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.buy_label, self.recover_label, self.void_label]

    @activity.defn
    @activity_boundary()
    async def buy_label(self, step: StepInput) -> StepOutput:
        """Buy one label and record its shipment; the purchase is never sent twice."""
        sends: EarlierSends[Label] | None = None
        try:
            data = await self._reads.shipping(step.organization_id, step.operation_id)
            require_active(data.connection, step)
            carrier = self._carriers.open(data.connection)
            handler = self._handler(step, data, carrier)
            sends = self._earlier_sends(data, carrier, handler)
            stored = await self._find_stored_request(step)
            request = self._make_checked_request(data) if stored is None else stored
            await self._order_check.before_purchase(step, data)
        except (Rejected, AccountPaused) as error:
            return await self._effects.refuse(build_key(step), error, partial(self._adopt, step), sends)

        async def send(effect: Effect) -> RawAnswer:
            return await carrier.buy(effect.reference, replace(read_sent(effect, data), asked_at=effect.created_at))

        sent = {**to_json(request), "options": to_json(data.connection.settings.options or {})}
        key = replace(
            build_key(step, data.connection, carrier.capabilities.settle_seconds),
            sent={"label": sent},
            order_version=data.order.updated_at if stored is None else NO_VERSION,
            account_id=data.connection.id,
            account_version=data.connection.version,
        )
        async with pausing_on_refusal(self._reads, data.connection, step):
            return await self._effects.send_once(key, send, handler, sends)

    async def _find_stored_request(self, step: StepInput) -> ShipmentRequest | None:
        """Return the stored request if the step repeats its purchase with the same key; None for a new request.

        The carrier decides about the repeated request: a check of today, such as that of the ship date, proves nothing
        about the first one.
        """
        effect = await self._ledger.latest(build_key(step)) if step.resend_of is not None else None
        label = (effect.sent or {}).get("label") if effect is not None and effect.state is EffectState.SENT else None
        return from_json(ShipmentRequest, label) if label is not None else None

    def _make_checked_request(self, data: ShippingData) -> ShipmentRequest:
        request = normalize_shipment(_make_request(data), data.connection.settings)
        self._carriers.check(data.connection.vendor, request)
        return request

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def recover_label(self, step: StepInput) -> RecoverOutput:
        """Find out by its reference whether a label was bought; record it if so."""
        doubtful = await self._effects.find_doubtful(step)
        if doubtful is None:
            return RecoverOutput(state="absent")
        data = await self._reads.shipping(step.organization_id, step.operation_id)
        carrier = self._carriers.open(data.connection)

        async def look(effect: Effect) -> RecoverOutput | None:
            request = read_sent(effect, data)
            found = await carrier.find_labels(effect.reference, _to_attempt(effect, request))
            live = [label for label in found if label.live]
            if not live:
                return None
            if all(is_part(label, request) for label in live):
                raise PartFound(_describe_part(live[0], request))
            others = {find_difference(label, request): label for label in reversed(live)}
            if None not in others:
                raise Rejected(f"the carrier has a label with this reference, but a different {next(iter(others))}")
            how = self._describe(FOUND, effect, data)
            reprint = CARRIERS[data.connection.vendor].describe_reprint(request)
            how = how if reprint is None else f"{how}; {reprint}"
            return to_found(await self._record(step, effect, data, others[None], how))

        async with pausing_on_auth_failure(self._reads, data.connection, step.organization_id):
            handler = self._handler(step, data, carrier)
            return await self._effects.recover(step, doubtful, carrier.capabilities, look, handler)

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def void_label(self, call: CompensateInput) -> CompensateOutput:
        async def reach(target: Effect) -> Connection:
            return await self._reads.account(call.organization_id, target.read(LabelResult).carrier_account_id)

        async def reverse(target: Effect, account: Connection) -> tuple[UndoOutcome, str]:
            bought = target.read(LabelResult)
            async with pausing_on_auth_failure(self._reads, account, call.organization_id):
                carrier = self._carriers.open(account)
                numbers = bought.tracking_numbers or (bought.tracking_number,)
                return await void_label(carrier, bought.carrier_shipment_id, numbers)

        return await self._effects.compensate(call, reach, reverse)

    def _earlier_sends(
        self, data: ShippingData, carrier: CarrierPort, handler: EffectHandler[Label]
    ) -> EarlierSends[Label]:
        async def find(effect: Effect) -> Label | None:
            request = read_sent(effect, data)
            found = await carrier.find_labels(effect.reference, _to_attempt(effect, request))
            live = [label for label in found if label.live]
            part = next((label for label in live if is_part(label, request)), None)
            if part is not None:
                raise Ambiguous(_describe_part(part, request))
            return next((label for label in live if find_difference(label, request) is None), None)

        return EarlierSends(self._ledger, data.connection, find, handler.record)

    def _handler(self, step: StepInput, data: ShippingData, carrier: CarrierPort) -> EffectHandler[Label]:
        def read(effect: Effect, answer: RawAnswer) -> Label:
            return _read_bought(carrier, effect, answer, read_sent(effect, data))

        async def record(effect: Effect, label: Label) -> StepOutput:
            return await self._record(step, effect, data, label, self._describe("bought", effect, data))

        adopt = partial(self._adopt, step)
        return EffectHandler(read, record, adopt, data.connection, lambda label: label.has_document)

    def _describe(self, how: str, effect: Effect, data: ShippingData) -> str:
        """Describe for the log how the label was obtained, and which address fields were sent in another form."""
        try:
            changes = self._carriers.check(data.connection.vendor, read_sent(effect, data))
        except Rejected:
            changes = ()  # sent by a version without this check
        return "; ".join((how, *changes))

    async def _adopt(self, step: StepInput, effect: Effect) -> StepOutput:
        """Record a label that a person reported as bought, with its document if the carrier still has it."""
        data = await self._reads.shipping(step.organization_id, step.operation_id)
        reported = effect.read(LabelResult)
        label = Label(
            carrier_shipment_id=reported.carrier_shipment_id,
            tracking_number=reported.tracking_number,
            service=_require_service(data),
            live=True,
            cost=None,
            currency=None,
            void_until=None,
            label_format=choose_label_format(data.operation.input, data.connection.settings),
            document=None,
            parcels=tuple(LabelParcel(number, name) for number, name in enumerate(reported.tracking_numbers, 1)),
        )
        return await self._record(step, effect, data, label, "recorded")

    async def _record(self, step: StepInput, effect: Effect, data: ShippingData, label: Label, how: str) -> StepOutput:
        """Record a label with its shipment; `how` describes for the log how it was obtained.

        If the step compensates, a document that the carrier does not return at once is left out.

        Raises:
            StillWaiting: the document is not available yet.
        """
        document = b"" if label.document is None and label.has_document else label.document
        if document is None and find_known_change(effect, data.connection):
            document = b""  # at another account, the same id may belong to another label
        elif document is None:
            document = await self._fetch_document(data, label.carrier_shipment_id, is_needed=not step.compensating)
        documents = label.documents
        if label.has_more_documents and not find_known_change(effect, data.connection):
            documents = await self._fetch_documents(data, label.carrier_shipment_id, is_needed=not step.compensating)
        label = replace(label, label_format=format_of(document) or label.label_format, documents=documents)
        vendor = data.connection.vendor
        shipping_carrier = name_parcel_carrier(vendor, label.service, label.carrier)
        record = LabelRecord(
            label=label,
            order_id=data.order.id,
            account_id=data.connection.id,
            carrier=vendor,
            shipping_carrier=shipping_carrier,
            document=document,
            usual_void_days=CARRIERS[vendor].usual_void_days.get(shipping_carrier),
        )
        message = f"label {label.tracking_number} {how}"
        recorded = await self._ledger.record_label(effect, record, message, step.ending)
        return StepOutput(result=to_json(recorded.result), has_ended=recorded.has_ended)

    async def _fetch_document(self, data: ShippingData, carrier_shipment_id: str, *, is_needed: bool) -> bytes:
        """Fetch a label's document; empty if the carrier cannot provide it, because the label is bought all the same.

        Raises:
            StillWaiting: the document is not available yet.
        """
        carrier = self._carriers.open(data.connection)
        return await self._fetch(carrier.document(carrier_shipment_id), data, b"", is_needed=is_needed)

    async def _fetch_documents(
        self, data: ShippingData, carrier_shipment_id: str, *, is_needed: bool
    ) -> tuple[LabelDocument, ...]:
        """Fetch a label's further documents; none if the carrier cannot provide them. Raises as `_fetch_document`."""
        carrier = self._carriers.open(data.connection)
        return await self._fetch(carrier.documents(carrier_shipment_id), data, (), is_needed=is_needed)

    async def _fetch(
        self, call: Awaitable[Fetched], data: ShippingData, nothing: Fetched, *, is_needed: bool
    ) -> Fetched:
        """Return the result of a call; `nothing` if the carrier can't provide it, or not in time."""
        try:
            async with pausing_on_auth_failure(self._reads, data.connection, data.operation.organization_id):
                return await call
        except EffectError as error:
            has_none = isinstance(error, Rejected) and not isinstance(error, AuthFailed)
            if has_none or not is_needed or is_late(DOCUMENT_WITHIN):
                return nothing
            raise StillWaiting(error.message, after=next_look_seconds(current_attempt())) from error


def _read_bought(carrier: CarrierPort, effect: Effect, answer: RawAnswer, request: ShipmentRequest) -> Label:
    """Read the answer to a purchase.

    If the purchase was sent again with its key, compare the label with the request: a carrier may replay the label sold
    for an earlier address under that key. After a first send nothing is compared, because the carrier may have
    corrected the postal code.
    """
    label = carrier.read_label(answer, request)
    if not label.live:
        # A voided label is the answer only if the key was used before and the ledger was restored without that use.
        raise Rejected("the label that the carrier bought under this key was voided")
    if len(label.all_parcels) != len(request.parcels):
        raise Ambiguous(_describe_part(label, request))
    other = find_contradiction(label.echo, request) if effect.in_doubt else None
    if other is not None:
        raise Ambiguous(f"the carrier has a label under this key, but a different {other}")
    return label


def _describe_part(label: Label, request: ShipmentRequest) -> str:
    return f"the carrier shows {len(label.all_parcels)} of {len(request.parcels)} parcels"


def _to_attempt(effect: Effect, request: ShipmentRequest) -> PurchaseAttempt:
    is_abroad = request.ship_from.country != request.ship_to.country
    return PurchaseAttempt(effect.created_at, effect.sent_at or effect.created_at, is_abroad)


def build_shipment_request(data: ShippingData) -> ShipmentRequest:
    """Return the request for a label in normal form, or as it was entered if it has none any more.

    A lookup must survive a change of the order after the purchase.

    Raises:
        Rejected: since the operation was created, the order lost its address, or the account its ship-from or parcel.
    """
    request = _make_request(data)
    try:
        return normalize_shipment(request, data.connection.settings)
    except Rejected:
        return request


def _make_request(data: ShippingData) -> ShipmentRequest:
    return make_label_request(data.operation.input, data.order, data.connection.settings, _require_service(data))


def read_sent(effect: Effect, data: ShippingData) -> ShipmentRequest:
    """Return the request that was sent for a label, because the order may have another address by now.

    Raises:
        Rejected: an earlier version sent it without keeping a copy, and the order lost its address since.
    """
    label = (effect.sent or {}).get("label")
    return from_json(ShipmentRequest, label) if label is not None else build_shipment_request(data)


def _require_service(data: ShippingData) -> str:
    service = data.operation.plan.service
    if service is None:
        raise Rejected("the plan has no service")
    return service
