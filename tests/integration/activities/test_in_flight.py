"""A delivery waits for a call in flight of an earlier one, and knows when the worker of that call is dead."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import EffectHandler
from activities.errors import run_to_end
from activities.in_flight import MAX_PAUSE_SECONDS
from activities.payloads import RecoverOutput, StepOutput
from adapters.postgres.stores.workers import DEAD_AFTER_SECONDS, MAX_WORK_SECONDS
from domain.effects import Effect, EffectState
from domain.errors import Ambiguous, EffectError, NotSent, Rejected, StillWaiting
from domain.operations import OperationError
from domain.shipping import CarrierCapabilities, RawAnswer, SafetyClass
from tests.fixtures.polling import eventually
from tests.integration.activities.conftest import OpenRun

CAPABILITIES = CarrierCapabilities(safety=SafetyClass.LOOKUP_STRONG, settle_seconds=1.0, look_for_seconds=60.0)


async def never_send(_effect: Effect) -> RawAnswer:
    raise AssertionError("it was sent")


async def record(_effect: Effect, found: object) -> StepOutput:
    return StepOutput(result={"found": found})


HANDLER = EffectHandler(lambda *_: "label", record)


class Delivery:
    """A delivery of a step that finds the effect in flight."""

    def __init__(self, open_run: OpenRun, *, is_local: bool = False) -> None:
        self._environment = ActivityEnvironment()
        self._environment.info = replace(self._environment.info, is_local=is_local)
        self._open_run = open_run
        self.reads = 0

    async def send_once(self) -> StepOutput:
        async def deliver() -> StepOutput:
            effects = self._open_run.effects
            effects.ledger = cast(Any, _Counting(effects.ledger, self))
            return await run_to_end(effects.send_once(self._open_run.key(), never_send, HANDLER))

        return cast(StepOutput, await self._environment.run(deliver))

    async def recover(self, effect: Effect) -> RecoverOutput:
        async def look(_effect: Effect) -> RecoverOutput | None:
            return RecoverOutput(state="done", result={"found": "by a look-up"})

        async def deliver() -> RecoverOutput:
            effects = self._open_run.effects
            effects.ledger = cast(Any, _Counting(effects.ledger, self))
            return await effects.recover(self._open_run.step(), effect, CAPABILITIES, look, HANDLER)

        return cast(RecoverOutput, await self._environment.run(deliver))

    async def has_waited(self) -> bool:
        return self.reads >= 2

    def cancel(self) -> None:
        self._environment.cancel()

    def shut_down(self) -> None:
        self._environment.worker_shutdown()


class _Counting:
    def __init__(self, ledger: object, delivery: Delivery) -> None:
        self._ledger = ledger
        self._delivery = delivery

    def __getattr__(self, name: str) -> Any:
        if name == "find":
            self._delivery.reads += 1
        return getattr(self._ledger, name)


def insert_in_flight(open_run: OpenRun, silent_for: float = 0.0, **columns: Any) -> None:
    worker_id = open_run.rows.insert_worker(silent_for)
    open_run.insert_effect(**{"state": "sent", "deliveries": 1, "worker_id": worker_id, **columns})


def change(open_run: OpenRun, **columns: Any) -> None:
    open_run.rows.update("effects", open_run.effect()["id"], **columns)


ENDS: list[tuple[dict[str, Any], StepOutput | type[EffectError]]] = [
    ({"state": "done", "result": {"found": "label"}}, StepOutput(result={"found": "label"})),
    ({"state": "rejected", "error": OperationError("rejected", "no")}, Rejected),
    ({"state": "prepared"}, NotSent),
    ({"result": {"found": "later"}}, StepOutput(result={"found": "later"}, waiting=True)),
    ({"worker_id": None}, Ambiguous),
    ({"worker_id": None, "answer": b"{}", "answer_status": 201}, StepOutput(result={"found": "label"})),
]


@pytest.mark.parametrize(("columns", "end"), ENDS, ids=["done", "rejected", "not_sent", "waiting", "lost", "answered"])
async def test_a_delivery_waits_for_the_end_of_the_call(
    open_run: OpenRun, columns: dict[str, Any], end: StepOutput | type[EffectError]
) -> None:
    insert_in_flight(open_run)
    delivery = Delivery(open_run)
    task = asyncio.create_task(delivery.send_once())
    await eventually(delivery.has_waited)
    assert not task.done()

    change(open_run, **columns)

    if isinstance(end, StepOutput):
        assert await task == end
    else:
        with pytest.raises(end):
            await task


@pytest.mark.parametrize("column", ["worker", "began"])
async def test_a_call_of_a_dead_worker_is_not_in_flight(open_run: OpenRun, column: str) -> None:
    """So is a call that no worker can still be waiting for."""
    insert_in_flight(open_run)
    delivery = Delivery(open_run)
    task = asyncio.create_task(delivery.send_once())
    await eventually(delivery.has_waited)

    if column == "worker":
        open_run.rows.run("update workers set seen_at = now() - %s * interval '1 s'", DEAD_AFTER_SECONDS)
    else:
        open_run.rows.run("update effects set updated_at = now() - %s * interval '1 s'", MAX_WORK_SECONDS)

    with pytest.raises(Ambiguous):
        await task


def test_a_dead_sender_is_known_within_ten_seconds() -> None:
    assert DEAD_AFTER_SECONDS + MAX_PAUSE_SECONDS < 10


@pytest.mark.parametrize("stop", [Delivery.cancel, Delivery.shut_down], ids=["cancelled", "shut_down"])
async def test_the_wait_ends_at_a_cancellation(open_run: OpenRun, stop: Callable[[Delivery], None]) -> None:
    """Temporal delivers the activity again, except if the run is cancelled; the call goes on."""
    insert_in_flight(open_run)
    delivery = Delivery(open_run)

    task = asyncio.create_task(delivery.send_once())
    await eventually(delivery.has_waited)

    stop(delivery)

    with pytest.raises(StillWaiting):
        await task


async def test_a_local_activity_does_not_wait(open_run: OpenRun) -> None:
    insert_in_flight(open_run)

    with pytest.raises(StillWaiting) as raised:
        await Delivery(open_run, is_local=True).send_once()

    assert raised.value.after == 0


async def test_a_lookup_waits_for_the_end_of_the_call(open_run: OpenRun) -> None:
    """Otherwise it could prove the absence of a purchase that is on its way."""
    insert_in_flight(open_run)
    delivery = Delivery(open_run)
    effect = await open_run.container.ledger.latest(open_run.key())
    assert effect is not None
    task = asyncio.create_task(delivery.recover(effect))
    await eventually(delivery.has_waited)

    change(open_run, state="done", result={"found": "label"})

    assert (await task).result == {"found": "label"}


async def test_the_ledger_knows_its_calls_in_flight(open_run: OpenRun) -> None:
    """From the commit of `sent` until the delivery ends without an outcome."""
    ledger, liveness = open_run.container.ledger, open_run.container.liveness
    await liveness.beat()
    opened = await ledger.begin(open_run.key())
    assert opened.effect.is_in_flight

    await ledger.end_delivery(opened.effect)
    assert not (await ledger.find(opened.effect.organization_id, opened.effect.id)).is_in_flight

    await ledger.count_delivery(opened.effect)
    assert (await ledger.find(opened.effect.organization_id, opened.effect.id)).is_in_flight


async def test_a_delivery_that_ended_without_postgres_is_released_later(open_run: OpenRun) -> None:
    ledger, liveness = open_run.container.ledger, open_run.container.liveness
    await liveness.beat()
    opened = await ledger.begin(open_run.key())

    liveness.release_later(opened.effect.id)
    await liveness.beat()

    effect = await ledger.find(opened.effect.organization_id, opened.effect.id)
    assert (effect.state, effect.is_in_flight) == (EffectState.SENT, False)


async def test_old_workers_are_removed(open_run: OpenRun) -> None:
    open_run.rows.insert_worker(silent_for=4000.0)
    recent = open_run.rows.insert_worker(silent_for=60.0)

    await open_run.container.liveness.beat()

    found = {row[0] for row in open_run.rows.connection.execute("select id from workers").fetchall()}
    assert open_run.container.liveness.worker_id in found
    assert recent in found
    assert open_run.rows.value("select count(*) from workers where seen_at < now() - interval '1 hour'") == 0
