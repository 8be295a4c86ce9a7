"""Activities that push fulfillments to sales channels, wait for late answers, and cancel fulfillments."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.connections import describe_change, find_known_change, find_possible_change
from activities.deliveries import KILLED, counting, is_deadly
from activities.earlier_sends import EarlierSends
from activities.effects import (
    MAX_SEND_DELAY_SECONDS,
    EffectHandler,
    Effects,
    build_key,
    next_look_seconds,
    previous_result,
    to_found,
)
from activities.errors import activity_boundary, current_attempt, to_record
from activities.order_check import build_planned_push, note_override, require_same_order
from activities.pausing import pausing_on_auth_failure, pausing_on_refusal, require_active
from activities.payloads import CompensateInput, CompensateOutput, RecoverOutput, StepInput, StepOutput
from domain.carrier_names import name_parcel_carrier
from domain.channels import ChannelCapabilities, Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.effects import Effect, EffectState, UndoOutcome
from domain.errors import AccountPaused, OrderBusy, Rejected, StillWaiting, Unproven
from domain.json_values import from_json, to_json
from domain.ports.channel import ChannelPort, Channels
from domain.ports.ledger import ActivityReads, Ledger, PushData
from domain.results import PushResult
from domain.shipping import Connection, RawAnswer, SafetyClass, Shipment, ShipmentStatus

LIVE_OR_PENDING = (FulfillmentStatus.LIVE, FulfillmentStatus.PENDING)


class ChannelActivities:
    """Activities that call a sales channel."""

    def __init__(self, ledger: Ledger, reads: ActivityReads, channels: Channels) -> None:
        self._effects = Effects(ledger)
        self._ledger = ledger
        self._reads = reads
        self._channels = channels

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.push_fulfillment, self.recover_fulfillment, self.await_fulfillment, self.cancel_fulfillment]

    @activity.defn
    @activity_boundary()
    async def push_fulfillment(self, step: StepInput) -> StepOutput:
        """Push a fulfillment to the channel; the output is `waiting` if the channel answers later."""
        sends: EarlierSends[Fulfillment] | None = None
        try:
            data = await self._push_data(step)
            require_active(data.connection, step)
            channel = self._channels.open(data.connection)
            handler = self._handler(step, data, channel)
            sends = self._earlier_sends(step, data, channel, handler)
            _require_label(data.shipment)
            _require_own_bridge(data)
            request = build_fulfillment_request(data)
            async with pausing_on_auth_failure(self._reads, data.connection, step.organization_id):
                await require_same_order(channel, data.order)
            if request.allow_order_status:
                await note_override(self._ledger, step, channel, data.connection, request.external_id)
        except (Rejected, AccountPaused) as error:
            return await self._effects.refuse(build_key(step), error, partial(self._adopt, step), sends)

        async def send(effect: Effect) -> RawAnswer:
            return await channel.push(effect.reference, read_sent(effect, data))

        key = replace(
            build_key(step, data.connection, channel.capabilities.settle_seconds),
            alone_at=data.bridge.id,
            sent={"fulfillment": to_json(replace(request, known_items=()))},
            order_version=data.order.updated_at,
        )
        try:
            async with pausing_on_refusal(self._reads, data.connection, step):
                return await self._effects.send_once(key, send, handler, sends)
        except OrderBusy as error:
            await self._ledger.note(key, "step.waiting", f"the push waits: {error.message}", once=True)
            raise

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def recover_fulfillment(self, step: StepInput) -> RecoverOutput:
        """Find out by its reference whether a fulfillment was created; record it if so."""
        doubtful = await self._effects.find_doubtful(step)
        if doubtful is None:
            return RecoverOutput(state="absent")
        data = await self._push_data(step)
        channel = self._channels.open(data.connection)

        async def look(effect: Effect) -> RecoverOutput | None:
            found = await channel.find_fulfillments(
                effect.reference, read_sent(effect, data), earliest_push_time(step, data, effect)
            )
            live = [fulfillment for fulfillment in found if fulfillment.status in LIVE_OR_PENDING]
            if live:
                return to_found(await self._record(step, effect, data, live[0]))
            if not found:
                return None
            await self._record_refused(
                effect, Rejected(found[-1].message or f"the fulfillment is {found[-1].status.value}")
            )
            return RecoverOutput(state="absent")

        async with pausing_on_auth_failure(self._reads, data.connection, step.organization_id):
            handler = self._handler(step, data, channel)
            return await self._effects.recover(step, doubtful, channel.capabilities, look, handler)

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def await_fulfillment(self, step: StepInput) -> StepOutput:
        """Check once whether the channel has answered.

        Raises:
            StillWaiting: the channel has not answered, or does not show its answer. Temporal delivers this activity
                again later. The wait is a timer of the server, so it occupies no worker, adds no history, and survives
                restarts.
            Rejected: the channel refused the fulfillment after all, or no longer has it.
            Unproven: the bridge leads elsewhere since the push.
        """
        effect = await self._ledger.latest(build_key(step))
        if effect is None:
            raise Rejected("the ledger has no such effect")
        if effect.state is not EffectState.SENT or effect.result is None:
            return previous_result(effect)  # an earlier delivery recorded the answer and died before reporting it
        data, pushed = await self._push_data(step), effect.read(PushResult)
        change = find_known_change(effect, data.connection)
        if change is not None:
            await self._effects.record_unknown(effect, describe_change(effect, change))
            raise Unproven("the bridge has pointed to another address or account since the push")
        if is_deadly(effect):
            await self._effects.record_unknown(effect, KILLED)
            raise Unproven(KILLED)
        async with counting(self._ledger, effect):
            return await self._ask(step, effect, data, pushed)

    async def _ask(self, step: StepInput, effect: Effect, data: PushData, pushed: PushResult) -> StepOutput:
        try:
            channel = self._channels.open(data.connection)
            async with pausing_on_auth_failure(self._reads, data.connection, step.organization_id):
                fulfillment = await channel.status(pushed.fulfillment_id)
        except Rejected as error:
            # The channel has accepted the fulfillment. A refusal to show it does not revoke that.
            raise StillWaiting(error.message, after=next_look_seconds(current_attempt())) from error
        is_same = find_possible_change(effect, data.connection) is None
        if fulfillment is None and not (is_same and _proves_absence(effect, channel.capabilities)):
            raise StillWaiting(
                "the channel does not show the fulfillment yet", after=next_look_seconds(current_attempt())
            )
        if fulfillment is not None and fulfillment.status is FulfillmentStatus.PENDING:
            raise StillWaiting("the channel has not answered yet", after=next_look_seconds(current_attempt()))
        try:
            accepted = _require_live(fulfillment)
            notified = accepted.notified or pushed.notified
            return await self._record(step, effect, data, replace(accepted, notified=notified))
        except Rejected as error:
            await self._record_refused(effect, error)
            raise

    @activity.defn
    @activity_boundary(retry_ambiguous=True)
    async def cancel_fulfillment(self, call: CompensateInput) -> CompensateOutput:
        async def reach(target: Effect) -> Connection:
            return await self._reads.bridge(call.organization_id, target.read(PushResult).bridge_id)

        async def reverse(target: Effect, bridge: Connection) -> tuple[UndoOutcome, str]:
            pushed = target.read(PushResult)
            channel = self._channels.open(bridge)
            if not channel.capabilities.can_cancel:
                return UndoOutcome.UNSUPPORTED, "the channel can't cancel a fulfillment"
            async with pausing_on_auth_failure(self._reads, bridge, call.organization_id):
                result = await channel.cancel(pushed.fulfillment_id)
            mail_note = "; the email to the customer can't be recalled" if pushed.notified else ""
            return result.outcome, f"cancel of fulfillment {pushed.fulfillment_id}: {result.outcome.value}{mail_note}"

        return await self._effects.compensate(call, reach, reverse)

    def _earlier_sends(
        self, step: StepInput, data: PushData, channel: ChannelPort, handler: EffectHandler[Fulfillment]
    ) -> EarlierSends[Fulfillment]:
        async def find(effect: Effect) -> Fulfillment | None:
            since = earliest_push_time(step, data, effect)
            found = await channel.find_fulfillments(effect.reference, read_sent(effect, data), since)
            return next((fulfillment for fulfillment in found if fulfillment.status in LIVE_OR_PENDING), None)

        return EarlierSends(self._ledger, data.connection, find, handler.record)

    def _handler(self, step: StepInput, data: PushData, channel: ChannelPort) -> EffectHandler[Fulfillment]:
        def read(effect: Effect, answer: RawAnswer) -> Fulfillment:
            return _require_live(channel.read_fulfillment(answer, read_sent(effect, data)))

        async def record(effect: Effect, fulfillment: Fulfillment) -> StepOutput:
            return await self._record(step, effect, data, fulfillment)

        return EffectHandler(read, record, partial(self._adopt, step), data.connection)

    async def _adopt(self, step: StepInput, effect: Effect) -> StepOutput:
        """Record a fulfillment that a person reported as created."""
        data = await self._push_data(step)
        request = read_sent(effect, data)
        fulfillment = Fulfillment(
            fulfillment_id=effect.read(PushResult).fulfillment_id,
            status=FulfillmentStatus.LIVE,
            tracking_number=request.tracking_number,
            notified=request.notify_customer,
            message=None,
        )
        return await self._record(step, effect, data, fulfillment)

    async def _record_refused(self, effect: Effect, error: Rejected) -> None:
        message = f"the channel rejected the fulfillment: {error.message}"
        await self._ledger.record_rejected(effect, to_record(error), message)

    async def _push_data(self, step: StepInput) -> PushData:
        shipment_id = step.arguments.get("shipment_id")
        return await self._reads.push(
            step.organization_id, step.operation_id, UUID(shipment_id) if shipment_id else None
        )

    async def _record(self, step: StepInput, effect: Effect, data: PushData, fulfillment: Fulfillment) -> StepOutput:
        pushed = PushResult(
            fulfillment.fulfillment_id, data.bridge.id, fulfillment.tracking_number, fulfillment.notified
        )
        result = to_json(pushed)
        if fulfillment.status is FulfillmentStatus.PENDING:
            await self._ledger.record_waiting(
                effect, result, "the channel accepted the fulfillment and will confirm it later"
            )
            return StepOutput(result=result, waiting=True)
        message = f"fulfillment {fulfillment.fulfillment_id} is live in the channel"
        has_ended = await self._ledger.record_done(effect, result, message, fulfills=True, ending=step.ending)
        return StepOutput(result=result, has_ended=has_ended)


def _proves_absence(effect: Effect, capabilities: ChannelCapabilities) -> bool:
    """Return True if a missing fulfillment does not exist: the channel's lookup is strong and its lag is over."""
    age = float("inf") if effect.sent_ago is None else effect.sent_ago
    is_strong = capabilities.safety in (SafetyClass.KEYED, SafetyClass.LOOKUP_STRONG)
    return is_strong and age > capabilities.settle_seconds + MAX_SEND_DELAY_SECONDS


def _require_live(fulfillment: Fulfillment | None) -> Fulfillment:
    if fulfillment is None:
        raise Rejected("the channel no longer has this fulfillment", vendor_code="not_found")
    if fulfillment.status not in LIVE_OR_PENDING:
        raise Rejected(fulfillment.message or f"the fulfillment is {fulfillment.status.value}")
    return fulfillment


def build_fulfillment_request(data: PushData) -> FulfillmentRequest:
    """Build the channel's request from the input, the order and the shipment."""
    request, shipment = build_planned_push(data.operation.input, data.order), data.shipment
    if shipment is None:
        return request
    carrier = name_parcel_carrier(shipment.carrier, shipment.service, shipment.shipping_carrier)
    numbers = tuple(parcel.tracking_number for parcel in shipment.all_parcels)
    several = numbers if len(numbers) > 1 else None
    return replace(request, tracking_number=shipment.tracking_number, carrier=carrier, parcel_numbers=several)


def read_sent(effect: Effect, data: PushData) -> FulfillmentRequest:
    """Return the request that was pushed; if an earlier version kept no copy, build it from the current data."""
    fulfillment = (effect.sent or {}).get("fulfillment")
    if fulfillment is None:
        return build_fulfillment_request(data)
    return from_json(FulfillmentRequest, {**fulfillment, "known_items": to_json(data.order.line_items)})


def _require_label(shipment: Shipment | None) -> None:
    """Refuse to push a parcel whose label was voided since the operation was recorded."""
    if shipment is not None and shipment.status is not ShipmentStatus.LABEL_CREATED:
        raise Rejected(f"the label of the shipment is {shipment.status.value}")


def _require_own_bridge(data: PushData) -> None:
    """Refuse to push an order that joined another bridge since the operation was recorded."""
    if data.order.bridge_id not in (None, data.bridge.id):
        raise Rejected("the order belongs to another bridge")


def earliest_push_time(step: StepInput, data: PushData, effect: Effect) -> datetime:
    """Return the earliest time when the push can have reached the channel; older fulfillments belong to others.

    The effect's row may be younger than that if the ledger was restored from a backup and opened the row again.
    """
    is_first_round = effect.round == 1 or step.doubted
    return data.operation.created_at if is_first_round else effect.created_at
