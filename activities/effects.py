"""Runs effects through the ledger: open, send once, read the answer, record it. See docs/explanation/ledger.md."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, NoReturn, TypeVar

from activities.connections import describe_change, find_possible_change, require_same_connection
from activities.deliveries import KILLED, counting, is_deadly
from activities.earlier_sends import EarlierSend, EarlierSends, Record
from activities.errors import current_attempt, restore_refusal, to_record
from activities.in_flight import wait_until_ended
from activities.payloads import CompensateInput, CompensateOutput, RecoverOutput, StepInput, StepOutput
from domain.channels import ChannelCapabilities
from domain.codes import FailureCode
from domain.effects import ABSENT, RESOLVED_BY, REVERSED, Direction, Effect, EffectState, UndoOutcome
from domain.errors import (
    AccountPaused,
    Ambiguous,
    Curable,
    EffectError,
    MayBeDone,
    NotSent,
    NotStarted,
    RateLimited,
    Rejected,
    StillWaiting,
    Unavailable,
    Unproven,
)
from domain.operations import OperationError
from domain.ports.ledger import EffectKey, Ledger, OpenedEffect, RunOutcome
from domain.shipping import CarrierCapabilities, Connection, RawAnswer, SafetyClass

T = TypeVar("T")

Adopt = Callable[[Effect], Awaitable[StepOutput]]

MAX_SEND_DELAY_SECONDS = 2.0
"""A send starts within this time after its commit or not at all, so a later lookup knows when the call was over."""
MAX_PARSE_SECONDS = 1.0
MAX_RECORD_SECONDS = 20.0
"""How long an answer that is not stored waits in memory for Postgres; then only a look-up can find the outcome."""
RECORD_AGAIN_SECONDS = 0.5
MAX_BLIND_SENDS = 3
"""How often an effect is sent with the same key before a lookup is required."""
DOUBTED_REFUSAL_SECONDS = 300.0
"""For this long a refusal does not prove that an earlier delivery's void failed, because carriers' tracking lags."""
FIRST_LOOK_AGAIN_SECONDS = 1.0
MAX_LOOK_AGAIN_SECONDS = 300.0
MAX_UNSEEN_SECONDS = 15.0
"""A run that waits for its next lookup notices within this time that a person resolved the effect."""


def build_key(step: StepInput, connection: Connection | None = None, settle_seconds: float | None = None) -> EffectKey:
    """Return the key of a step's effect.

    `connection`: the account or bridge that the effect is sent through, if any. `settle_seconds`: the maximum duration
    of the call after its send.
    """
    return EffectKey(
        organization_id=step.organization_id,
        operation_id=step.operation_id,
        run=step.run,
        step=step.step,
        position=step.position,
        compensation=step.compensation,
        recovery=step.recovery,
        resend_of=step.resend_of,
        doubted=step.doubted,
        limits=connection.limits if connection else None,
        fingerprint=connection.fingerprint if connection else None,
        settle_seconds=settle_seconds and settle_seconds + MAX_SEND_DELAY_SECONDS,
        needs_open_order=step.needs_open_order,
        uses_shipment=step.uses_shipment,
        removes_shipment=step.removes_shipment,
    )


def next_look_seconds(attempt_number: int) -> float:
    """Return the seconds until the next lookup: 1, 2, 4, ... up to 300."""
    return float(min(FIRST_LOOK_AGAIN_SECONDS * 2 ** min(attempt_number - 1, 16), MAX_LOOK_AGAIN_SECONDS))


class PartFound(Exception):
    """A look-up found a part of the effect; the vendor may show the rest later. A part is never recorded."""


@dataclass(frozen=True, slots=True)
class EffectHandler(Generic[T]):
    """Processes the answer to an effect.

    `read` parses the answer; it is pure. `record` writes the parsed answer to the ledger, and fetches related data.
    `adopt` does the same for an effect that a person reported; by default the person's result is the whole result.
    `connection`: the account or bridge for lookups of the effect, if any. `is_complete`: whether `record` needs no
    further call to the vendor; if it does, the raw answer is stored first.
    """

    read: Callable[[Effect, RawAnswer], T]
    record: Callable[[Effect, T], Awaitable[StepOutput]]
    adopt: Adopt | None = None
    connection: Connection | None = None
    is_complete: Callable[[T], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Opening(Generic[T]):
    """An effect that was opened, the monotonic time before that, and the earlier send that created its object."""

    opened: OpenedEffect
    begin: float
    earlier: EarlierSend[T] | None


class Effects:
    """Runs effects through the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def send_once(
        self,
        key: EffectKey,
        send: Callable[[Effect], Awaitable[RawAnswer]],
        handler: EffectHandler[T],
        sends: EarlierSends[T] | None = None,
    ) -> StepOutput:
        """Send an effect that must not happen twice, or return the result of its earlier send.

        If one of the earlier `sends` made it, that is recorded and nothing is sent.

        Raises:
            NotSent, RateLimited, Curable: it did not happen and may be sent again.
            Ambiguous: it may have happened; only recovery may continue.
            Rejected: it was refused for good.
            StillWaiting: it happened, and related data could not be fetched yet.
            Unproven: its answer killed three workers.
        """
        opening = await self._open(key, sends)
        opened = opening.opened if opening.opened.may_send else await self._await_call(opening.opened)
        effect = opened.effect
        if opened.is_stale:
            raise NotSent("the order or the account changed meanwhile and is read again")
        if not opened.may_send and not effect.unread:
            return await self._finish(effect, handler.adopt)
        if not opened.may_send and is_deadly(effect):
            await self.record_unknown(effect, KILLED)
            raise Unproven(KILLED)
        async with counting(self.ledger, effect, is_counted=opened.may_send):
            try:
                effect, found = await self._send_or_read(replace(opening, opened=opened), send, handler)
            except (NotSent, RateLimited, Curable, Rejected) as error:
                await self._record_refusal(key, effect, error)
                raise
            return await self._record(handler.record, effect, found)

    async def _open(self, key: EffectKey, sends: EarlierSends[T] | None) -> Opening[T]:
        """Open the effect, after a look-up of its earlier sends if the ledger requires one."""
        earlier: EarlierSend[T] | None = None
        while True:
            begin = time.monotonic()
            opened = await self._begin(key if earlier is None else earlier.build_key(key))
            if not opened.needs_look:
                return Opening(opened, begin, earlier)
            earlier = await sends.look_up(key, opened.effect) if sends is not None else None
            key = replace(key, looked_up=opened.effect.attempts)

    async def _record(self, record: Record[T], effect: Effect, found: T) -> StepOutput:
        """Record what the vendor answered; if that fails, store the raw answer.

        Raises:
            StillWaiting: related data could not be fetched yet.
        """
        try:
            return await _record_patiently(record, effect, found)
        except Exception as error:
            if effect.answer is not None:
                await self.ledger.store_answer(effect, read_stored_answer(effect))
            if isinstance(error, NotSent | RateLimited | Ambiguous):
                raise StillWaiting(error.message, after=next_look_seconds(current_attempt())) from error
            raise

    async def _begin(self, key: EffectKey) -> OpenedEffect:
        try:
            return await self.ledger.begin(key)
        except NotSent as error:
            await self.ledger.note(key, "step.not_sent", f"{key.step} waits: {error.message}", once=True)
            raise

    async def _await_call(self, opened: OpenedEffect) -> OpenedEffect:
        """Wait until the call of another delivery has ended.

        Raises:
            NotSent: the vendor did not execute that call; the step's data is read again before a repeat.
        """
        effect = await wait_until_ended(self.ledger, opened.effect)
        if opened.effect.is_in_flight and effect.state is EffectState.PREPARED:
            raise NotSent("the call of an earlier delivery was not sent")
        return replace(opened, effect=effect)

    async def _send_or_read(
        self, opening: Opening[T], send: Callable[[Effect], Awaitable[RawAnswer]], handler: EffectHandler[T]
    ) -> tuple[Effect, T]:
        effect = opening.opened.effect
        if not opening.opened.may_send:
            return effect, handler.read(effect, read_stored_answer(effect))
        if opening.earlier is not None:
            return effect, opening.earlier.found
        if time.monotonic() - opening.begin > MAX_SEND_DELAY_SECONDS:
            raise NotStarted("the call could not start in time")
        answer = await send(effect)
        answered = replace(effect, answer=answer.body, answer_status=answer.status, answer_digest=answer.digest)
        return answered, await self._read(answered, answer, handler)

    async def _read(self, effect: Effect, answer: RawAnswer, handler: EffectHandler[T]) -> T:
        """Parse an answer; store it first if that fails, takes longer than a second, or is not all that is needed."""
        parsing = asyncio.create_task(asyncio.to_thread(handler.read, effect, answer))
        is_done, _ = await asyncio.wait({parsing}, timeout=MAX_PARSE_SECONDS)
        if not is_done or parsing.exception() is not None or not handler.is_complete(parsing.result()):
            await self.ledger.store_answer(effect, answer)
        return await parsing

    async def _record_refusal(self, key: EffectKey, effect: Effect, error: EffectError) -> None:
        if effect.in_doubt:
            raise Ambiguous("the vendor rejected this request, but an earlier one may have succeeded") from error
        if isinstance(error, Rejected):
            await self.ledger.record_rejected(effect, to_record(error), f"{key.step} was rejected: {error.message}")
        else:
            await self._record_not_sent(key, effect, error)

    async def _finish(self, effect: Effect, adopt: Adopt | None) -> StepOutput:
        """Return the result of an effect that is not sent again; complete the result if only a person reported it."""
        output = previous_result(effect)
        return await (adopt or self._adopt)(effect) if effect.unrecorded else output

    async def _adopt(self, effect: Effect) -> StepOutput:
        result = {name: value for name, value in (effect.result or {}).items() if name != RESOLVED_BY}
        await self.ledger.record_done(effect, result, f"{effect.step} recorded with the result that a person reported")
        return StepOutput(result=result)

    async def refuse(
        self,
        key: EffectKey,
        error: Rejected | AccountPaused,
        adopt: Adopt | None = None,
        sends: EarlierSends[T] | None = None,
    ) -> StepOutput:
        """Record why a step cannot be tried; a paused account is not recorded, because the step is tried later.

        Returns:
            The step's result, if an earlier delivery finished it, or if one of the earlier `sends` made it.

        Raises:
            Rejected, AccountPaused: the given error.
            Ambiguous: an earlier delivery may have sent the effect.
        """
        if isinstance(error, AccountPaused):
            return await self._hold(key, error, adopt)
        opening = await self._open(key, sends)
        opened = opening.opened
        if not opened.may_send:
            return await self._finish((await self._await_call(opened)).effect, adopt)
        if opening.earlier is not None and sends is not None:
            async with counting(self.ledger, opened.effect, is_counted=True):
                return await self._record(sends.record, opened.effect, opening.earlier.found)
        if opened.effect.in_doubt:
            await self.ledger.end_delivery(opened.effect)
            raise Ambiguous("an earlier attempt may have sent the request") from error
        await self.ledger.record_rejected(opened.effect, to_record(error), f"{key.step} can't start: {error.message}")
        raise error

    async def _hold(self, key: EffectKey, error: AccountPaused, adopt: Adopt | None) -> StepOutput:
        effect = await self.ledger.latest(key)
        if effect is not None:
            effect = await wait_until_ended(self.ledger, effect)
        is_fresh = effect is None or (not effect.stands and effect.run < key.run)
        if effect is None or is_fresh or effect.state is EffectState.PREPARED:
            raise error
        return await self._finish(effect, adopt)

    async def _record_not_sent(self, key: EffectKey, effect: Effect, error: EffectError) -> None:
        await self.ledger.record_not_sent(effect, to_record(error))
        if not isinstance(error, Curable):
            message = f"{key.step} could not be sent yet; the service retries it"
            await self.ledger.note(key, "step.not_sent", message, once=True)

    async def find_doubtful(self, step: StepInput) -> Effect | None:
        """Return the effect to recover; None if it certainly has no outcome to find.

        A compensated effect belongs to an earlier run: the current run has sent nothing yet.

        This is read before anything else, so that credentials which cannot be decrypted do not hide that nothing was
        sent.
        """
        effect = await self.ledger.latest(build_key(step))
        return effect if effect is not None and effect.stands else None

    async def recover(
        self,
        step: StepInput,
        effect: Effect,
        capabilities: CarrierCapabilities | ChannelCapabilities,
        look: Callable[[Effect], Awaitable[RecoverOutput | None]],
        handler: EffectHandler[T],
    ) -> RecoverOutput:
        """Find out with read-only calls whether an ambiguous effect happened.

        The capabilities decide what absence proves, and for how long to repeat the lookup. `look` records what it
        finds, or returns None if it finds nothing. It is not called if the connection leads elsewhere since the effect
        was sent, because neither result would prove anything.

        Raises:
            StillWaiting: repeat the lookup later.
            Rejected: a lookup cannot find out; the operation's log has the reason.
        """
        effect = await wait_until_ended(self.ledger, effect)
        if not effect.stands:
            return RecoverOutput(state="absent")
        if effect.state is EffectState.DONE:
            return to_found(await self._finish(effect, handler.adopt))
        if effect.state is EffectState.UNKNOWN:
            return RecoverOutput(state="unknown")
        if is_deadly(effect):
            return await self.record_unknown(effect, KILLED)
        if effect.is_looked_up and current_attempt() > 1 and effect.seconds_to_next_look > 0:
            raise StillWaiting("not found yet", after=min(effect.seconds_to_next_look, MAX_UNSEEN_SECONDS))
        async with counting(self.ledger, effect):
            output = await self._recover(step, effect, capabilities, look, handler)
        if output.state == "again":
            await self.ledger.end_delivery(effect)
        return output

    async def _recover(
        self,
        step: StepInput,
        effect: Effect,
        capabilities: CarrierCapabilities | ChannelCapabilities,
        look: Callable[[Effect], Awaitable[RecoverOutput | None]],
        handler: EffectHandler[T],
    ) -> RecoverOutput:
        read = await self._read_stored(effect, handler) if effect.unread else None
        if read is not None:
            return to_found(read)
        if effect.result is not None:
            return RecoverOutput(state="done", result=effect.result, waiting=True)
        change = find_possible_change(effect, handler.connection) if handler.connection is not None else None
        if change is not None:
            return await self.record_unknown(
                effect, f"{describe_change(effect, change)}: check the address or account that received the request"
            )
        keyed = capabilities.safety is SafetyClass.KEYED
        if keyed and not step.compensating and effect.attempts < MAX_BLIND_SENDS:
            return RecoverOutput(state="again", sends=effect.attempts)
        try:
            found = await look(effect) if capabilities.safety is not SafetyClass.NONE else None
        except Rejected as error:
            # A person must resolve it now, and needs the reason.
            message = f"{effect.step}: outcome unknown, and it can't be looked up: {error.message}"
            await self.ledger.note(build_key(step), "step.recovery_refused", message)
            raise
        except PartFound as part:
            return await self._wait_for_rest(effect, capabilities, str(part))
        if found is not None:
            return found
        return await self._absent(effect, capabilities)

    async def _read_stored(self, effect: Effect, handler: EffectHandler[T]) -> StepOutput | None:
        try:
            found = handler.read(effect, read_stored_answer(effect))
        except EffectError:
            return None
        return await handler.record(effect, found)

    async def _look_again(self, effect: Effect, seconds: float) -> NoReturn:
        """Defer the next lookup, with growing gaps for at most `seconds` in total; the operation shows the time.

        Raises:
            StillWaiting: always; the next delivery may precede the next lookup, to see whether a person resolved the
                effect.
        """
        count = effect.look.count if effect.look is not None else 0
        gap = min(seconds, next_look_seconds(count + 1))
        await self.ledger.record_looking(effect, gap, seconds)
        raise StillWaiting("not found yet", after=min(gap, MAX_UNSEEN_SECONDS))

    async def _absent(self, effect: Effect, capabilities: CarrierCapabilities | ChannelCapabilities) -> RecoverOutput:
        age = float("inf") if effect.sent_ago is None else effect.sent_ago
        if capabilities.safety in (SafetyClass.KEYED, SafetyClass.LOOKUP_STRONG):
            wait = 0.0 if effect.is_answered else capabilities.settle_seconds + MAX_SEND_DELAY_SECONDS - age
            if wait > 0:
                await self._look_again(effect, wait)
            await self.ledger.record_not_sent(
                effect, OperationError(ABSENT, "the vendor proved that the request had no effect")
            )
            return RecoverOutput(state="absent")
        if capabilities.safety is SafetyClass.LOOKUP_WEAK and age < capabilities.look_for_seconds:
            await self._look_again(effect, capabilities.look_for_seconds - age)
        return await self.record_unknown(effect, "the vendor's data does not prove the outcome")

    async def _wait_for_rest(
        self, effect: Effect, capabilities: CarrierCapabilities | ChannelCapabilities, why: str
    ) -> RecoverOutput:
        age = float("inf") if effect.sent_ago is None else effect.sent_ago
        wait = max(capabilities.look_for_seconds, capabilities.settle_seconds + MAX_SEND_DELAY_SECONDS) - age
        if wait > 0:
            await self._look_again(effect, wait)
        return await self.record_unknown(effect, why)

    async def record_unknown(self, effect: Effect, why: str) -> RecoverOutput:
        """Record that only a person can resolve an effect, and why."""
        error = OperationError(FailureCode.OUTCOME_UNKNOWN, why)
        message = f"{effect.step}: outcome unknown, a person must resolve it: {why}"
        await self.ledger.record_unknown(effect, error, message)
        return RecoverOutput(state="unknown")

    async def compensate(
        self,
        call: CompensateInput,
        reach: Callable[[Effect], Awaitable[Connection]],
        reverse: Callable[[Effect, Connection], Awaitable[tuple[UndoOutcome, str]]],
    ) -> CompensateOutput:
        """Compensate one effect. Repeating is safe, because voids and cancels are idempotent.

        `reach` returns the account or bridge that the effect used. `reverse` compensates, and returns the outcome with
        a line for the log. It is not called if the account or bridge leads elsewhere by now, unless the call has
        `force`.
        """
        target = await self.ledger.find(call.organization_id, call.effect_id)
        if not target.stands:
            return to_compensated(UndoOutcome.NOTHING_TO_UNDO)
        connection = await reach(target)
        opened = await self.ledger.begin(build_undo_key(call, target, connection))
        if not opened.may_send:
            opened = await self._await_call(opened)
        effect = opened.effect
        if effect.state is EffectState.SENT:

            async def reverse_there() -> tuple[UndoOutcome, str]:
                require_same_connection(target, connection, force=call.force)
                if not opened.may_send and is_deadly(effect):
                    raise Rejected(KILLED)
                return await reverse(target, connection)

            return await self._reverse(opened, target, reverse_there(), call.ending)
        if effect.outcome is None:
            raise restore_refusal(effect.error, "refused")
        return to_compensated(UndoOutcome(effect.outcome))

    async def _reverse(
        self,
        opened: OpenedEffect,
        target: Effect,
        compensating: Awaitable[tuple[UndoOutcome, str]],
        ending: RunOutcome | None,
    ) -> CompensateOutput:
        effect = opened.effect
        async with counting(self.ledger, effect, is_counted=opened.may_send):
            try:
                outcome, message = await compensating
            except Rejected as error:
                defer_doubtful_refusal(opened, error)
                await self.ledger.record_rejected(
                    effect, to_record(error), f"compensation of {target.step} was rejected: {error.message}"
                )
                raise
            has_ended = await self.ledger.record_compensation(effect, outcome, message, target.shipment_id, ending)
        return to_compensated(outcome, has_ended=has_ended)


def to_found(output: StepOutput) -> RecoverOutput:
    return RecoverOutput(state="done", result=output.result, waiting=output.waiting, has_ended=output.has_ended)


def to_compensated(outcome: UndoOutcome, *, has_ended: bool = False) -> CompensateOutput:
    return CompensateOutput(outcome=outcome, reversed=outcome in REVERSED, has_ended=has_ended)


async def _record_patiently(record: Record[T], effect: Effect, found: T) -> StepOutput:
    """Record what the vendor answered; wait for Postgres for a while, because only this process knows the answer."""
    deadline = time.monotonic() + MAX_RECORD_SECONDS
    while True:
        try:
            return await record(effect, found)
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RECORD_AGAIN_SECONDS)


def read_stored_answer(effect: Effect) -> RawAnswer:
    """Return the stored answer: status and body, without headers."""
    return RawAnswer(status=effect.answer_status or 0, body=effect.answer or b"")


def previous_result(effect: Effect) -> StepOutput:
    """Return the result of an effect that is not sent again, or raise its error."""
    if effect.state is EffectState.DONE and effect.reversed_at is None:
        return StepOutput(result=effect.result or {})
    if effect.state is EffectState.SENT and effect.result is not None:
        return StepOutput(result=effect.result, waiting=True)
    if effect.state in (EffectState.SENT, EffectState.UNKNOWN):
        raise Ambiguous("an earlier attempt may have sent the request")
    raise restore_refusal(effect.error, "the step was compensated")


def defer_doubtful_refusal(opened: OpenedEffect, error: Rejected) -> None:
    """Defer a refusal that may result from an earlier delivery's void which the carrier's tracking does not show yet.

    Raises:
        StillWaiting: void it again later.
    """
    sent_ago = opened.effect.sent_ago
    if opened.may_send or sent_ago is None or not isinstance(error, MayBeDone):
        return
    if sent_ago < DOUBTED_REFUSAL_SECONDS:
        raise StillWaiting(error.message, after=next_look_seconds(current_attempt())) from error


def build_undo_key(call: CompensateInput, target: Effect, connection: Connection | None = None) -> EffectKey:
    return EffectKey(
        organization_id=call.organization_id,
        operation_id=call.operation_id,
        run=call.run,
        step=target.step,
        position=target.position,
        direction=Direction.UNDO,
        undoes=target.id,
        limits=connection.limits if connection else None,
        fingerprint=connection.fingerprint if connection else None,
    )
