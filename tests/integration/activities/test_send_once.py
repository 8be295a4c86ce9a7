"""An effect is sent once, and a later error does not undo an accepted purchase."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.earlier_sends import EarlierSends
from activities.effects import EffectHandler, Effects
from activities.errors import to_record
from activities.payloads import StepOutput
from domain.effects import Effect
from domain.errors import (
    Ambiguous,
    AuthFailed,
    EffectError,
    InvalidInput,
    NotActive,
    NotSent,
    RateLimited,
    Rejected,
    StillWaiting,
    Unavailable,
)
from domain.operations import OperationError
from domain.ports.ledger import EffectKey
from domain.shipping import Connection, RawAnswer
from tests.fixtures.rows import now
from tests.integration.activities.conftest import OpenRun

ANSWER = RawAnswer(201, b"{}")
CONNECTION = cast(Connection, SimpleNamespace(fingerprint=None))
NOT_SENT = [NotSent("no connection"), RateLimited("busy", after=1)]


async def send_once(
    open_run: OpenRun,
    *,
    key: EffectKey | None = None,
    send: object = ANSWER,
    read: object = "label",
    record: object = None,
    attempt: int = 1,
    find: object = None,
) -> StepOutput:
    """Deliver the step with callbacks that return or raise the given values."""

    async def send_effect(_effect: Effect) -> RawAnswer:
        return cast(RawAnswer, return_or_raise(send))

    async def record_answer(_effect: Effect, found: object) -> StepOutput:
        return_or_raise(record)
        return StepOutput(result={"found": found})

    async def find_sent(_effect: Effect) -> object:
        return return_or_raise(find)

    async def run() -> StepOutput:
        handler = EffectHandler(lambda *_: return_or_raise(read), record_answer)
        sends = EarlierSends(open_run.container.ledger, CONNECTION, find_sent, record_answer)
        return await open_run.effects.send_once(key or open_run.key(), send_effect, handler, sends)

    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    return cast(StepOutput, await environment.run(run))


def return_or_raise(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value


async def test_an_unreadable_answer_is_stored(open_run: OpenRun) -> None:
    with pytest.raises(Ambiguous):
        await send_once(open_run, read=Ambiguous("not JSON"))

    effect = open_run.effect()
    assert (effect["state"], effect["answer"], effect["answer_status"]) == ("sent", b"{}", 201)


async def test_an_answer_that_takes_long_to_read_is_stored_first(
    open_run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.effects.MAX_PARSE_SECONDS", 0.0)
    is_stored = threading.Event()

    def read(*_: object) -> str:
        assert is_stored.wait(20), "it was not stored while it was read"
        return "label"

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(open_run.container.ledger, name)

        async def store_answer(self, effect: Effect, answer: RawAnswer) -> None:
            await open_run.container.ledger.store_answer(effect, answer)
            is_stored.set()

    handler = EffectHandler(read, record_found(open_run))
    output = await deliver(Effects(cast(Any, Watched())), open_run, handler)

    assert output.result == {"found": "label"}
    assert open_run.effect()["answered_at"] is not None


async def test_an_answer_that_cannot_be_recorded_is_stored(open_run: OpenRun) -> None:
    """For example because it contains a null byte. A person then still sees what the vendor answered."""
    with pytest.raises(InvalidInput):
        await send_once(open_run, record=InvalidInput([]))

    effect = open_run.effect()
    assert (effect["state"], effect["answer"], effect["answer_status"]) == ("sent", b"{}", 201)


async def test_a_readable_answer_is_written_once(open_run: OpenRun) -> None:
    """Only its status and digest stay."""

    class WithoutStore:
        def __getattr__(self, name: str) -> Any:
            assert name != "store_answer"
            return getattr(open_run.container.ledger, name)

    handler = EffectHandler(lambda *_: "label", record_found(open_run))
    await deliver(Effects(cast(Any, WithoutStore())), open_run, handler)

    effect = open_run.effect()
    assert (effect["state"], effect["answer"], effect["answer_status"]) == ("done", None, 201)
    assert effect["answer_digest"] == ANSWER.digest
    assert effect["answered_at"] is not None


async def test_an_answer_waits_for_postgres(open_run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is only in memory, so that its record is repeated."""
    monkeypatch.setattr("activities.effects.RECORD_AGAIN_SECONDS", 0.0)
    record, failures = record_found(open_run), [Unavailable(), Unavailable()]

    async def record_later(effect: Effect, found: object) -> StepOutput:
        if failures:
            raise failures.pop()
        return await record(effect, found)

    await deliver(open_run.effects, open_run, EffectHandler(lambda *_: "label", record_later))

    assert open_run.effect()["state"] == "done"


def record_found(open_run: OpenRun) -> Callable[[Effect, object], Awaitable[StepOutput]]:
    async def record(effect: Effect, found: object) -> StepOutput:
        await open_run.container.ledger.record_done(effect, {"found": found}, "it is done")
        return StepOutput(result={"found": found})

    return record


async def deliver(effects: Effects, open_run: OpenRun, handler: EffectHandler[Any]) -> StepOutput:
    """Send the effect once and answer it."""

    async def send(_effect: Effect) -> RawAnswer:
        return ANSWER

    async def run() -> StepOutput:
        return await effects.send_once(open_run.key(), send, handler)

    return cast(StepOutput, await ActivityEnvironment().run(run))


@pytest.mark.parametrize("error", NOT_SENT, ids=["not_sent", "limited"])
async def test_an_effect_that_was_not_sent_is_prepared_again(open_run: OpenRun, error: EffectError) -> None:
    with pytest.raises(type(error)):
        await send_once(open_run, send=error)

    assert (open_run.effect()["state"], open_run.events()) == ("prepared", ["step.not_sent"])
    assert (await send_once(open_run)).result == {"found": "label"}


POSTPONED = {"state": "prepared", "answered_at": now(), "error": OperationError("rate_limited", "busy")}


async def test_a_postponed_send_is_looked_up_before_its_repeat(open_run: OpenRun) -> None:
    """Also in a delivery that Temporal counts as the first: a worker died before it reported the refusal."""
    open_run.insert_effect(**POSTPONED)

    assert (await send_once(open_run, send=AssertionError("it was sent"), find="label")).result == {"found": "label"}

    assert open_run.events() == ["step.found"]


async def test_a_postponed_send_without_an_object_is_repeated(open_run: OpenRun) -> None:
    open_run.insert_effect(**POSTPONED)

    assert (await send_once(open_run)).result == {"found": "label"}

    assert open_run.effect()["attempts"] == 2


@pytest.mark.parametrize("error", [Ambiguous("a drop"), RateLimited("busy", after=1)])
async def test_without_the_lookup_nothing_is_repeated(open_run: OpenRun, error: EffectError) -> None:
    open_run.insert_effect(**POSTPONED)

    with pytest.raises(NotSent if isinstance(error, Ambiguous) else RateLimited):
        await send_once(open_run, send=AssertionError("it was sent"), find=error)


async def test_a_refusal_before_the_repeat_looks_the_earlier_send_up(open_run: OpenRun) -> None:
    """The order was closed after a send that the vendor carried out although it reported a refusal."""
    open_run.insert_effect(**POSTPONED)

    async def find(_effect: Effect) -> str:
        return "label"

    async def record(_effect: Effect, found: object) -> StepOutput:
        return StepOutput(result={"found": found})

    async def run() -> StepOutput:
        sends = EarlierSends(open_run.container.ledger, CONNECTION, find, record)
        return await open_run.effects.refuse(open_run.key(), Rejected("closed"), sends=sends)

    assert (await ActivityEnvironment().run(run)).result == {"found": "label"}


async def test_the_first_refusal_is_logged_on_any_attempt(open_run: OpenRun) -> None:
    """Temporal counts the attempts that the worker rejected without a free slot."""
    for attempt in (3, 4):
        with pytest.raises(NotSent):
            await send_once(open_run, send=NotSent("no connection"), attempt=attempt)

    assert open_run.events() == ["step.not_sent"]


@pytest.mark.parametrize(
    "error",
    [NotSent("no connection"), RateLimited("busy", after=1), Ambiguous("a drop")],
    ids=["not_sent", "limited", "ambiguous"],
)
async def test_an_error_after_a_purchase_does_not_undo_it(open_run: OpenRun, error: EffectError) -> None:
    """The label's document cannot be fetched yet; the purchase stays."""
    with pytest.raises(StillWaiting):
        await send_once(open_run, record=error)

    effect = open_run.effect()
    assert (effect["state"], effect["answer"]) == ("sent", b"{}")


@pytest.mark.parametrize("error", [*NOT_SENT, Rejected("no")], ids=["not_sent", "limited", "rejected"])
async def test_a_refusal_of_a_repeated_call_proves_nothing(open_run: OpenRun, error: EffectError) -> None:
    """The earlier call may have succeeded: only a lookup can show the outcome."""
    open_run.insert_effect(state="sent")

    with pytest.raises(Ambiguous):
        await send_once(open_run, key=open_run.key(resend_of=1), send=error)

    effect = open_run.effect()
    assert (effect["state"], effect["attempts"], effect["error"]["code"]) == ("sent", 2, "outcome_unknown")
    assert open_run.events() == []


async def test_a_frozen_process_does_not_send(open_run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may have given up the effect since the commit."""
    monkeypatch.setattr("activities.effects.MAX_SEND_DELAY_SECONDS", -1.0)

    with pytest.raises(NotSent):
        await send_once(open_run, send=AssertionError("it was sent"))

    assert (open_run.effect()["state"], open_run.events()) == ("prepared", ["step.not_sent"])


@pytest.mark.parametrize(
    ("columns", "output"),
    [
        ({"state": "done", "result": {"found": "before"}}, StepOutput(result={"found": "before"})),
        ({"answer": b"{}", "answer_status": 201}, StepOutput(result={"found": "label"})),
        ({"result": {"fulfillment_id": "f"}}, StepOutput(result={"fulfillment_id": "f"}, waiting=True)),
    ],
    ids=["done", "answered", "waiting"],
)
async def test_a_second_delivery_returns_the_first_result(
    open_run: OpenRun, columns: dict[str, Any], output: StepOutput
) -> None:
    open_run.insert_effect(**{"state": "sent", **columns})

    assert await send_once(open_run, send=AssertionError("it was sent")) == output


async def test_a_second_delivery_of_an_unknown_outcome_is_ambiguous(open_run: OpenRun) -> None:
    open_run.insert_effect(state="sent")

    with pytest.raises(Ambiguous):
        await send_once(open_run, send=AssertionError("it was sent"))


@pytest.mark.parametrize("error", [Rejected("no"), AuthFailed("who are you?"), NotActive("paused")])
async def test_a_second_delivery_raises_the_same_refusal(open_run: OpenRun, error: Rejected) -> None:
    """A process may die after it commits the refusal and before it reports it."""
    open_run.insert_effect(state="rejected", error=to_record(error))

    with pytest.raises(Rejected, match=error.message) as raised:
        await send_once(open_run, send=AssertionError("it was sent"))

    assert raised.value.code == error.code
