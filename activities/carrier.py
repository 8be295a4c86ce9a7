"""Buying, finding and voiding labels."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.effects import (
    MAX_SEND_DELAY_SECONDS,
    EffectHandler,
    Effects,
    build_key,
    defer_doubtful_refusal,
    next_look_seconds,
    pausing_on_auth_failure,
    require_active,
    to_found,
)
from activities.errors import activity_boundary, current_attempt, is_late, restore_refusal, to_record
from activities.payloads import CompensateInput, CompensateOutput, RecoverOutput, StepInput, StepOutput
from domain.adoption import find_contradiction, find_difference
from domain.effects import REVERSED, Effect, EffectState, UndoOutcome
from domain.errors import (
    Ambiguous,
    AuthFailed,
    EffectError,
    NotActive,
    NotSent,
    RateLimited,
    Rejected,
    StillWaiting,
)
from domain.json_values import from_json, to_json
from domain.parcels import Address, Parcel
from domain.ports.carrier import CarrierPort, Carriers
from domain.ports.ledger import ActivityReads, LabelRecord, Ledger, OpenedEffect, ShippingData
from domain.results import LabelResult, VoidedShipment
from domain.shipping import Connection, Label, PurchaseAttempt, RawAnswer, Shipment, ShipmentRequest, format_of

DOCUMENT_WITHIN = timedelta(hours=1)
"""For how long a label that was bought waits for its document; then it is recorded without."""


class CarrierActivities:
    """Activities that talk to a carrier."""

    def __init__(self, ledger: Ledger, reads: ActivityReads, carriers: Carriers) -> None:
        self._effects = Effects(ledger)
        self._ledger = ledger
        self._reads = reads
        self._carriers = carriers

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.buy_label, self.recover_label, self.void_label, self.void_shipment, self.recover_void]

    @activity.defn
    @activity_boundary()
    async def buy_label(self, step: StepInput) -> StepOutput:
        """Buy one label and record its shipment; never sends the purchase twice."""
        try:
            data = await self._reads.shipping(step.organization_id, step.operation_id)
            require_active(data.connection)
            carrier = self._carriers.open(data.connection)
            request = build_shipment_request(data)
        except Rejected as error:
            return await self._effects.refuse(build_key(step), error, partial(self._adopt, step))

        async def send(effect: Effect) -> RawAnswer:
            return await carrier.buy(effect.reference, replace(request, asked_at=effect.created_at))

        async with pausing_on_auth_failure(self._reads, data.connection, step.organization_id):
            return await self._effects.send_once(
                build_key(step, data.connection.limits), send, self._handler(step, data, carrier)
            )

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def recover_label(self, step: StepInput) -> RecoverOutput:
        """Find out whether a label was bought, by its reference; adopt it where it was."""
        doubtful = await self._effects.find_doubtful(step)
        if doubtful is None:
            return RecoverOutput(state="absent")
        data = await self._reads.shipping(step.organization_id, step.operation_id)
        carrier = self._carriers.open(data.connection)

        async def look(effect: Effect) -> RecoverOutput | None:
            request = build_shipment_request(data)
            attempt = PurchaseAttempt(effect.created_at, effect.sent_at or effect.created_at)
            found = await carrier.find_labels(effect.reference, attempt)
            live = [label for label in found if label.live]
            if not live:
                return None
            others = {find_difference(label, request): label for label in reversed(live)}
            if None not in others:
                raise Rejected(f"the carrier's label with this reference is for another {next(iter(others))}")
            how = "had been bought: found by its reference, its answer was lost"
            return to_found(await self._record(effect, data, others[None], how, is_needed=not step.taking_back))

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
                return await self._void(account, bought.carrier_shipment_id, bought.tracking_number)

        return await self._effects.compensate(call, reach, reverse)

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def void_shipment(self, step: StepInput) -> StepOutput:
        """Void the label of the plan's shipment; a void is safe to repeat, so that a lost answer is asked for again."""
        known = await self._ledger.latest(build_key(step))
        if known is not None and known.state is EffectState.DONE:
            return await self._previous_void(step, known)
        begin = time.monotonic()
        shipment, connection = await self._read_target(step)
        opened = await self._ledger.begin(build_key(step, connection.limits))
        try:
            if opened.may_send and time.monotonic() - begin > MAX_SEND_DELAY_SECONDS:
                raise NotSent("it took too long to begin")  # noqa: TRY301 - it is put back as any other
            return await self._void_and_record(step, opened, shipment, connection)
        except (NotSent, RateLimited) as error:
            if opened.may_send:
                await self._ledger.record_not_sent(opened.effect, to_record(error))
            raise

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def recover_void(self, step: StepInput) -> RecoverOutput:
        """Find out whether the plan's label was voided, by voiding it again: nothing takes a void back.

        Where none was sent, none is.
        """
        effect = await self._effects.find_doubtful(step)
        if effect is None:
            return RecoverOutput(state="absent")
        try:
            if effect.state is EffectState.DONE:
                return to_found(await self._previous_void(step, effect))
            shipment, connection = await self._read_target(step)
            voided = await self._void_and_record(step, OpenedEffect(effect, may_send=False), shipment, connection)
        except Rejected as error:
            if not _proves_nothing(error):
                return RecoverOutput(state="absent")
            message = f"whether the label was voided can't be found out: {error.message}"
            await self._ledger.note(build_key(step), "step.recovery_refused", message)
            raise
        return to_found(voided)

    async def _read_target(self, step: StepInput) -> tuple[Shipment, Connection]:
        shipment = await self._reads.shipment(step.organization_id, UUID(step.arguments["shipment_id"]))
        return shipment, await self._reads.account(step.organization_id, shipment.carrier_account_id)

    async def _void_and_record(
        self, step: StepInput, opened: OpenedEffect, shipment: Shipment, connection: Connection
    ) -> StepOutput:
        """Void a shipment's label, or void it again where that may have been done, and record what came of it.

        Returns:
            The step's result, with an outcome that is one of `REVERSED`.

        Raises:
            NotSent, RateLimited, Ambiguous: nothing is recorded.
            StillWaiting: it was refused as the repeat of a void that was done may be; nothing is recorded.
            Rejected: it is not voided. Nothing is recorded where that says nothing of an earlier void.
        """
        effect, is_first = opened.effect, opened.may_send
        if not is_first:
            again = await self._ledger.repeat(build_key(step), effect, taking_back=step.taking_back)
            if again is None:
                return await self._previous_void(step, await self._ledger.find(step.organization_id, effect.id))
            effect = again
        try:
            if is_first:
                _refuse_scanned(shipment)
            async with pausing_on_auth_failure(self._reads, connection, step.organization_id):
                outcome, message = await self._void(connection, shipment.carrier_shipment_id, shipment.tracking_number)
        except Rejected as error:
            defer_doubtful_refusal(opened, error)
            if is_first or not _proves_nothing(error):
                await self._ledger.record_rejected(effect, to_record(error), error.message)
            raise
        if outcome is UndoOutcome.NOT_FOUND and not is_first:
            raise Rejected(message, vendor_code=outcome.value)  # a carrier may forget a label that was voided
        await self._ledger.record_compensation(effect, outcome, message, shipment.id)
        if outcome not in REVERSED:
            raise Rejected(message, vendor_code=outcome.value)
        return _output(VoidedShipment(shipment.id, outcome))

    async def _previous_void(self, step: StepInput, effect: Effect) -> StepOutput:
        """Return what a void came to that is not to be sent again; what only a person told is recorded.

        Neither the account nor its credentials are needed for that.
        """
        shipment_id, outcome = UUID(step.arguments["shipment_id"]), effect.outcome
        if effect.unrecorded and outcome is None:
            outcome = UndoOutcome.DONE_BY_HAND
            message = "void of the label: a person told that it happened"
            await self._ledger.record_compensation(effect, outcome, message, shipment_id)
        if effect.state is EffectState.DONE and outcome is not None:
            return _output(VoidedShipment(shipment_id, UndoOutcome(outcome)))
        if effect.state is EffectState.REJECTED:
            raise restore_refusal(effect.error, f"the carrier said {effect.outcome}")
        raise NotSent("another delivery goes on with it, or the run is over")

    async def _void(self, connection: Connection, carrier_shipment_id: str, tracking: str) -> tuple[UndoOutcome, str]:
        result = await self._carriers.open(connection).void(carrier_shipment_id)
        ticket = f", ticket {result.ticket}" if result.ticket else ""
        return result.outcome, f"void of label {tracking}: {result.outcome.value}{ticket}"

    def _handler(self, step: StepInput, data: ShippingData, carrier: CarrierPort) -> EffectHandler[Label]:
        def read(effect: Effect, answer: RawAnswer) -> Label:
            return _read_bought(carrier, effect, answer, build_shipment_request(data))

        async def record(effect: Effect, label: Label) -> StepOutput:
            return await self._record(effect, data, label, "bought", is_needed=not step.taking_back)

        return EffectHandler(read, record, partial(self._adopt, step))

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
            label_format=choose_label_format(data),
            document=None,
        )
        return await self._record(effect, data, label, "bought")

    async def _record(
        self, effect: Effect, data: ShippingData, label: Label, how: str, *, is_needed: bool = True
    ) -> StepOutput:
        """Record a label with its shipment.

        Args:
            effect: its purchase.
            data: what it was bought for.
            label: what the carrier sold.
            how: it came to us, for the log.
            is_needed: whether its document is; else it is recorded without one that can't be had at once.

        Raises:
            StillWaiting: its document can't be fetched yet.
        """
        document = label.document
        if document is None:
            document = await self._fetch_document(data, label.carrier_shipment_id, is_needed=is_needed)
            label = replace(label, label_format=format_of(document) or label.label_format)
        record = LabelRecord(
            label=label,
            order_id=data.order.id,
            account_id=data.connection.id,
            carrier=data.connection.vendor,
            document=document,
        )
        return _output(await self._ledger.record_label(effect, record, f"label {label.tracking_number} {how}"))

    async def _fetch_document(self, data: ShippingData, carrier_shipment_id: str, *, is_needed: bool) -> bytes:
        """Fetch a label's document; nothing where it can't be had: the label was bought all the same.

        Raises:
            StillWaiting: not yet.
        """
        try:
            async with pausing_on_auth_failure(self._reads, data.connection, data.operation.organization_id):
                return await self._carriers.open(data.connection).document(carrier_shipment_id)
        except EffectError as error:
            has_none = isinstance(error, Rejected) and not isinstance(error, AuthFailed)
            if has_none or not is_needed or is_late(DOCUMENT_WITHIN):
                return b""
            raise StillWaiting(error.message, after=next_look_seconds(current_attempt())) from error


def _output(result: LabelResult | VoidedShipment) -> StepOutput:
    return StepOutput(result=to_json(result))


PROVES_NOTHING = frozenset({None, "bad_base_url", "bad_credentials", UndoOutcome.NOT_FOUND.value})
"""Codes of refusals that are not the carrier's own word on a label; and of its word that it knows no such label."""


def _proves_nothing(error: Rejected) -> bool:
    """Whether the refusal of a repeated void says nothing of the one before: that call was not let in, say."""
    return isinstance(error, AuthFailed | NotActive) or error.vendor_code in PROVES_NOTHING


def _refuse_scanned(shipment: Shipment) -> None:
    if shipment.scanned_at is not None:
        status = shipment.tracking_status.value
        raise Rejected(f"the carrier has scanned the parcel: {status}", vendor_code="in_transit")


def _read_bought(carrier: CarrierPort, effect: Effect, answer: RawAnswer, request: ShipmentRequest) -> Label:
    """Read the answer to a purchase.

    What is given to one that was sent again with its key is compared: the key alone may be enough for a carrier to
    replay what it sold for an earlier address. The answer to a first send is its own, and the carrier may have put a
    wrong postal code right.
    """
    label = carrier.read_label(answer, request)
    if not label.live:
        # Only a key that was used before, and forgotten with a restored ledger, is answered so.
        raise Rejected("the label that the carrier has under this key was voided")
    other = find_contradiction(label.echo, request) if effect.in_doubt else None
    if other is not None:
        raise Ambiguous(f"the label that the carrier has under this key is for another {other}")
    return label


def build_shipment_request(data: ShippingData) -> ShipmentRequest:
    """Put together what a label needs from the input, the order and the account's settings.

    Raises:
        Rejected: the order lost its address, or the account its ship-from or parcel, since the operation was created.
    """
    given, settings = data.operation.input, data.connection.settings
    ship_from = from_json(Address, given["ship_from"]) if given.get("ship_from") else settings.ship_from
    parcels = tuple(from_json(Parcel, parcel) for parcel in given.get("parcels") or ()) or settings.default_parcels
    if data.order.ship_to is None or ship_from is None or not parcels:
        raise Rejected("the order's ship_to, a ship_from or a parcel is missing by now")
    return ShipmentRequest(
        service=_require_service(data),
        label_format=choose_label_format(data),
        ship_from=ship_from,
        ship_to=data.order.ship_to,
        parcels=parcels,
    )


def _require_service(data: ShippingData) -> str:
    service = data.operation.plan.service
    if service is None:
        raise Rejected("the plan names no service")
    return service


def choose_label_format(data: ShippingData) -> str:
    """Return the format that a label is asked for in."""
    return data.operation.input.get("label_format") or data.connection.settings.label_format or "PDF"
