"""Activities of void_shipment, which voids a label for good: no compensation exists, and a repeat is harmless."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.connections import require_same_connection
from activities.deliveries import KILLED, counting, is_deadly
from activities.effects import (
    MAX_SEND_DELAY_SECONDS,
    Effects,
    build_key,
    defer_doubtful_refusal,
    to_found,
)
from activities.errors import activity_boundary, restore_refusal, to_record
from activities.in_flight import wait_until_ended
from activities.pausing import pausing_on_auth_failure
from activities.payloads import RecoverOutput, StepInput, StepOutput
from domain.effects import REVERSED, Effect, EffectState, UndoOutcome
from domain.errors import AuthFailed, Curable, NotActive, NotSent, NotStarted, RateLimited, Rejected
from domain.json_values import to_json
from domain.ports.carrier import CarrierPort, Carriers
from domain.ports.ledger import ActivityReads, Ledger, OpenedEffect
from domain.results import VoidedShipment
from domain.shipping import Connection, Shipment


class VoidActivities:
    """Activities that void the label of an earlier operation."""

    def __init__(self, ledger: Ledger, reads: ActivityReads, carriers: Carriers) -> None:
        self._effects = Effects(ledger)
        self._ledger = ledger
        self._reads = reads
        self._carriers = carriers

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.void_shipment, self.recover_void]

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def void_shipment(self, step: StepInput) -> StepOutput:
        """Void the label of the plan's shipment; voids are idempotent, so a lost answer is fetched by a repeat."""
        known = await self._ledger.latest(build_key(step))
        if known is not None and known.state is EffectState.DONE:
            return await self._previous_void(step, known)
        begin = time.monotonic()
        shipment, connection = await self._read_target(step)
        opened = await self._ledger.begin(build_key(step, connection))
        if not opened.may_send:
            await wait_until_ended(self._ledger, opened.effect)
        try:
            if opened.may_send and time.monotonic() - begin > MAX_SEND_DELAY_SECONDS:
                raise NotStarted("the call could not start in time")
            return await self._void_and_record(step, opened, shipment, connection)
        except (NotSent, RateLimited, Curable) as error:
            if opened.may_send:
                await self._ledger.record_not_sent(opened.effect, to_record(error))
            raise

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def recover_void(self, step: StepInput) -> RecoverOutput:
        """Find out whether the label was voided by voiding it again, because a void is final.

        If no void was sent, none is sent now.
        """
        effect = await self._effects.find_doubtful(step)
        if effect is None:
            return RecoverOutput(state="absent")
        effect = await wait_until_ended(self._ledger, effect)
        try:
            if effect.state is EffectState.DONE:
                return to_found(await self._previous_void(step, effect))
            shipment, connection = await self._read_target(step)
            voided = await self._void_and_record(step, OpenedEffect(effect, may_send=False), shipment, connection)
        except Rejected as error:
            if not _proves_nothing(error):
                return RecoverOutput(state="absent")
            message = f"void_shipment: outcome unknown, and it can't be looked up: {error.message}"
            await self._ledger.note(build_key(step), "step.recovery_refused", message)
            raise
        return to_found(voided)

    async def _read_target(self, step: StepInput) -> tuple[Shipment, Connection]:
        shipment = await self._reads.shipment(step.organization_id, UUID(step.arguments["shipment_id"]))
        return shipment, await self._reads.account(step.organization_id, shipment.carrier_account_id)

    async def _void_and_record(
        self, step: StepInput, opened: OpenedEffect, shipment: Shipment, connection: Connection
    ) -> StepOutput:
        """Void a shipment's label, or repeat a void that may have succeeded, and record the outcome.

        Returns:
            The step's result, with an outcome from `REVERSED`.

        Raises:
            NotSent, RateLimited, Curable, Ambiguous: nothing is recorded.
            StillWaiting: the refusal may be due to an earlier void that succeeded; nothing is recorded.
            Rejected: the label is not voided. Nothing is recorded if the refusal proves nothing about an earlier void.
        """
        effect, is_first = opened.effect, opened.may_send
        if not is_first:
            again = await self._ledger.repeat(build_key(step), effect, compensating=step.compensating)
            if again is None:
                return await self._previous_void(step, await self._ledger.find(step.organization_id, effect.id))
            effect = again
        async with counting(self._ledger, effect, is_counted=True):
            return await self._try_void(step, opened, effect, shipment, connection)

    async def _try_void(
        self, step: StepInput, opened: OpenedEffect, effect: Effect, shipment: Shipment, connection: Connection
    ) -> StepOutput:
        is_first = opened.may_send
        try:
            if not is_first and is_deadly(opened.effect):
                raise Rejected(KILLED)  # noqa: TRY301 - it proves nothing, like other refusals of a repeat
            if is_first:
                _refuse_scanned(shipment)
            await self._require_same_connection(shipment, effect, connection)
            async with pausing_on_auth_failure(self._reads, connection, step.organization_id):
                numbers = [parcel.tracking_number for parcel in shipment.all_parcels]
                carrier = self._carriers.open(connection)
                outcome, message = await void_label(carrier, shipment.carrier_shipment_id, numbers)
        except Rejected as error:
            defer_doubtful_refusal(opened, error)
            if is_first or not _proves_nothing(error):
                await self._ledger.record_rejected(effect, to_record(error), error.message)
            raise
        if outcome is UndoOutcome.NOT_FOUND and not is_first:
            raise Rejected(message, vendor_code=outcome.value)  # carriers may forget labels that were voided
        output = await self._record(step, effect, VoidedShipment(shipment.id, outcome), message)
        if outcome not in REVERSED:
            raise Rejected(message, vendor_code=outcome.value)
        return output

    async def _require_same_connection(self, shipment: Shipment, effect: Effect, connection: Connection) -> None:
        """Refuse to void at another account than the purchase or an earlier delivery of the void used."""
        purchase = await self._ledger.find_by_reference(effect.organization_id, shipment.reference)
        for sent in filter(None, (purchase, effect)):
            require_same_connection(sent, connection)

    async def _previous_void(self, step: StepInput, effect: Effect) -> StepOutput:
        """Return the result of a void that is not sent again; record one that only a person reported.

        This needs neither the account nor its credentials.
        """
        shipment_id, outcome = UUID(step.arguments["shipment_id"]), effect.outcome
        if effect.unrecorded and outcome is None:
            outcome = UndoOutcome.DONE_BY_HAND
            message = "void of the label: resolved by a person (it happened)"
            return await self._record(step, effect, VoidedShipment(shipment_id, outcome), message)
        if effect.state is EffectState.DONE and outcome is not None:
            return StepOutput(result=to_json(VoidedShipment(shipment_id, UndoOutcome(outcome))))
        if effect.state is EffectState.REJECTED:
            raise restore_refusal(effect.error, f"the carrier reported {effect.outcome}")
        raise NotSent("another attempt continues this step, or the run has ended")

    async def _record(self, step: StepInput, effect: Effect, voided: VoidedShipment, message: str) -> StepOutput:
        """Record the outcome of a void, and the end of the run if the label is voided."""
        result, ending = to_json(voided), step.ending
        if ending is not None:
            ending = replace(ending, output={**(ending.output or {}), **result})
        has_ended = await self._ledger.record_compensation(effect, voided.outcome, message, voided.shipment_id, ending)
        return StepOutput(result=result, has_ended=has_ended)


async def void_label(
    carrier: CarrierPort, carrier_shipment_id: str, tracking_numbers: Sequence[str]
) -> tuple[UndoOutcome, str]:
    """Void a label with all its parcels; return the outcome, with a line for the log."""
    result = await carrier.void(carrier_shipment_id, tracking_numbers if len(tracking_numbers) > 1 else ())
    ticket = f", ticket {result.ticket}" if result.ticket else ""
    return result.outcome, f"void of label {tracking_numbers[0]}: {result.outcome.value}{ticket}"


PROVES_NOTHING = frozenset({None, "bad_base_url", "bad_credentials", UndoOutcome.NOT_FOUND.value})
"""Codes of refusals that say nothing about the label, and of the carrier's answer that it does not know the label."""


def _proves_nothing(error: Rejected) -> bool:
    """Return True if the refusal of a repeated void proves nothing about the first one, such as refused credentials."""
    return isinstance(error, AuthFailed | NotActive) or error.vendor_code in PROVES_NOTHING


def _refuse_scanned(shipment: Shipment) -> None:
    if shipment.scanned_at is not None:
        status = shipment.tracking_status.value
        raise Rejected(f"the carrier has scanned the parcel ({status})", vendor_code="in_transit")
