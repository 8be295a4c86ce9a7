"""What an operator does to a run in Temporal, at each step of each operation type, with Temporal's own command line."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from activities.payloads import RunInput
from adapters.temporal.client import TASK_QUEUE
from bootstrap.embedded.temporal import find_binary
from domain.operations import Operation, OperationStatus, Run, RunKind, UndoStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig, Sandboxes, Shop, references, running_engine, settings_for, usual_input
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.present import present
from tests.fixtures.sandboxes import live
from tests.fixtures.temporal import TemporalServer

TYPES = ("create_shipment", "push_fulfillment", "update_order_status", "fulfill_order", "void_shipment")
AT_ONCE = 16
RESET = ("--type", "FirstWorkflowTask", "--reason", "an operator's reason")


@dataclass(frozen=True)
class Moment:
    """Where a run is caught: `script` holds it there, by target; it is there when `caught` was called so often."""

    name: str
    type: str
    script: dict[str, tuple[str, ...]]
    caught: str
    kind: RunKind = RunKind.EXECUTE
    answers_after: float = 0
    fails: bool = False
    """Whether the operation fails whatever an operator does."""


WAITS = ("rate_limited:4",)
LOST = ("accept_then_stall",)

MOMENTS = (
    Moment("waits to buy", "create_shipment", {"labels.create": WAITS}, "labels.create"),
    Moment("buys", "create_shipment", {"labels.create": LOST}, "labels.create"),
    Moment("recovers", "create_shipment", {"labels.create": ("error_500",), "labels.find": WAITS}, "labels.find"),
    Moment("undo waits", "create_shipment", {"labels.void": WAITS}, "labels.void", RunKind.UNDO),
    Moment("undo voids", "create_shipment", {"labels.void": LOST}, "labels.void", RunKind.UNDO),
    Moment("waits to push", "push_fulfillment", {"fulfillments.create": WAITS}, "fulfillments.create"),
    Moment("pushes", "push_fulfillment", {"fulfillments.create": LOST}, "fulfillments.create"),
    Moment("awaits", "push_fulfillment", {}, "fulfillments.status", answers_after=6),
    Moment("undo cancels", "push_fulfillment", {"fulfillments.cancel": LOST}, "fulfillments.cancel", RunKind.UNDO),
    Moment("waits to buy", "fulfill_order", {"labels.create": WAITS}, "labels.create"),
    Moment("bought, waits to push", "fulfill_order", {"fulfillments.create": WAITS}, "fulfillments.create"),
    Moment("bought, awaits", "fulfill_order", {}, "fulfillments.status", answers_after=6),
    Moment(
        "compensates",
        "fulfill_order",
        {"fulfillments.create": ("reject",), "labels.void": WAITS},
        "labels.void",
        fails=True,
    ),
    Moment("undo between two", "fulfill_order", {"labels.void": WAITS}, "labels.void", RunKind.UNDO),
    Moment("waits to void", "void_shipment", {"labels.void": WAITS}, "labels.void"),
    Moment("voids", "void_shipment", {"labels.void": LOST}, "labels.void"),
    Moment("waits to void again", "void_shipment", {"labels.void": ("accept_then_drop",)}, "labels.void"),
)


@dataclass(frozen=True)
class Caught:
    """An operation whose run is at a moment."""

    moment: Moment
    shop: Shop
    operation: Operation
    run: Run
    label: OperationRecord | None
    """The operation that bought the label that is to be voided."""


async def _prepared(rig: Rig, shop: Shop, kind: str) -> tuple[Operation, OperationRecord | None]:
    if kind != "void_shipment":
        return await rig.create(shop, kind, **usual_input(shop, kind)), None
    bought = await rig.done(shop, "create_shipment")
    return await rig.create(shop, kind, shipment_id=(bought.operation.output or {})["shipment_id"]), bought


async def _caught(rig: Rig, shop: Shop, moment: Moment, within: timedelta | None = None) -> Caught:
    """Bring an operation to the moment; `within` lets Temporal time its run out."""
    operation, label = await _prepared(rig, shop, moment.type)
    if moment.kind is RunKind.UNDO:
        await rig.execute(shop, operation)
    for target, faults in moment.script.items():
        await shop.sandbox.script(target, *faults)
    await shop.sandbox.answers_after(moment.answers_after)
    expected = OperationStatus.COMPLETED if moment.kind is RunKind.UNDO else OperationStatus.PENDING
    run = await rig.open_run(shop, operation, moment.kind, expected)
    if within is None:
        rig.dispatcher.offer([run])
    else:
        await _started_to_time_out(rig, run, within)

    async def is_there() -> bool:
        known = (await rig.record(shop, operation)).runs[-1].started_at is not None
        return known and bool(await shop.sandbox.requests(moment.caught))

    await eventually(is_there, 60.0, moment.name)
    return Caught(moment, shop, operation, run, label)


async def _started_to_time_out(rig: Rig, run: Run, within: timedelta) -> None:
    message = RunInput(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        operation_type=run.operation_type,
        order_id=run.order_id,
        run=run.run,
        kind=run.kind,
        plan=run.plan,
    )
    name = "undo_operation" if run.kind is RunKind.UNDO else run.operation_type
    await rig.client.start_workflow(name, message, id=run.workflow_id, task_queue=TASK_QUEUE, execution_timeout=within)
    await rig.container.runs.mark_started([run])


async def _command(rig: Rig, *words: str) -> None:
    """Run Temporal's command line, as an operator does: once more where the workflow was busy."""
    said = ""

    async def is_taken() -> bool:
        nonlocal said
        process = await asyncio.create_subprocess_exec(
            str(find_binary()), "workflow", *words, "--namespace", rig.client.namespace, "--address",
            rig.client.service_client.config.target_host,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0 or "busy" in said, said
        return process.returncode == 0

    await eventually(is_taken, 20.0, said)


async def _wait_until_settled(rig: Rig, caught: Caught) -> OperationRecord:
    """Let the reconciler look until the operation rests."""

    async def rests() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        record = await rig.record(caught.shop, caught.operation)
        return record.runs[-1].closed_at is not None

    await eventually(rests, 60.0, f"{caught.moment.type} {caught.moment.name} settles")
    return await rig.record(caught.shop, caught.operation)


async def _books_agree(caught: Caught, record: OperationRecord) -> None:
    """Exactly one of everything is live where it is completed, nothing where it is not; nothing was bought twice."""
    sandbox, kept = caught.shop.sandbox, record.operation.status is OperationStatus.COMPLETED
    labels = await sandbox.labels(*references(record))
    pushes = await sandbox.fulfillments(*references(record))
    buys, tells = _does(caught.moment.type, "labels"), _does(caught.moment.type, "fulfillments")
    assert live(labels) == (1 if kept and buys else 0), labels
    assert live(pushes) == (1 if kept and tells else 0), pushes
    assert len(labels) <= 1
    assert len(pushes) <= 1


def _does(kind: str, what: str) -> bool:
    return kind == "fulfill_order" or kind == {"labels": "create_shipment", "fulfillments": "push_fulfillment"}[what]


Deed = Callable[[Rig, Caught], Awaitable[None]]
Judge = Callable[[Rig, Caught, OperationRecord], Awaitable[None]]


async def _every_moment(
    rig: Rig, sandboxes: Sandboxes, deed: Deed, judge: Judge, moments: Sequence[Moment] = MOMENTS, **options: Any
) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(moment: Moment) -> None:
        async with room, sandboxes.one() as sandbox:
            shop = await rig.shop(sandbox)
            caught = await _caught(rig, shop, moment, **options)
            await deed(rig, caught)
            record = await _wait_until_settled(rig, caught)
            try:
                await judge(rig, caught, record)
            except AssertionError as error:
                events = [(log.event, log.message) for log in record.logs]
                raise AssertionError(f"{moment.type}, {moment.name}: {error}\n{record.operation}\n{events}") from error

    results = await asyncio.gather(*(one(moment) for moment in moments), return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    assert not failed, "\n\n".join(map(str, failed))


async def _after_a_stopped_undo(rig: Rig, caught: Caught, record: OperationRecord) -> None:
    assert record.operation.undo_status is UndoStatus.FAILED
    assert present(record.operation.attention).reason == "drift"
    undone = await rig.undo(caught.shop, caught.operation)
    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.attention is None
    await _books_agree(caught, undone)


def _stopped_with(code: str) -> Judge:
    async def judge(rig: Rig, caught: Caught, record: OperationRecord) -> None:
        if caught.moment.kind is RunKind.UNDO:
            await _after_a_stopped_undo(rig, caught, record)
            return
        if caught.moment.type == "void_shipment":
            await _void_is_told(caught, record, code)
            return
        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).code == code
        assert present(record.operation.error).rolled_back is True
        assert record.operation.attention is None
        await _books_agree(caught, record)

    return judge


async def _void_is_told(caught: Caught, record: OperationRecord, code: str) -> None:
    """Nothing takes a void back: where it was sent it is brought to its end, and where it was not nothing happens."""
    assert caught.label is not None
    was_sent = caught.moment.script["labels.void"] != WAITS
    assert live(await caught.shop.sandbox.labels(*references(caught.label))) == (0 if was_sent else 1)
    assert record.operation.attention is None
    if was_sent:
        assert record.operation.status is OperationStatus.COMPLETED
        assert (record.operation.output or {})["outcome"] in ("voided", "already_voided")
        return
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == code


async def _when_cancelled(rig: Rig, caught: Caught, record: OperationRecord) -> None:
    if caught.moment.kind is RunKind.UNDO:
        assert record.operation.status is OperationStatus.UNDONE
        await _books_agree(caught, record)
        return
    if caught.moment.fails:
        assert present(record.operation.error).code == "rejected"
        await _books_agree(caught, record)
        return
    await _stopped_with("cancelled_by_operator")(rig, caught, record)
    assert len(record.runs) == 1
    if caught.moment.name == "recovers":
        assert len(await caught.shop.sandbox.requests("labels.create")) == 1, "nothing is bought only to be voided"


async def _when_reset(_rig: Rig, caught: Caught, record: OperationRecord) -> None:
    status = OperationStatus.UNDONE if caught.moment.kind is RunKind.UNDO else OperationStatus.COMPLETED
    status = OperationStatus.FAILED if caught.moment.fails else status
    assert record.operation.status is status
    assert record.operation.attention is None
    await _books_agree(caught, record)


async def test_cancelled_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """What stands is taken back, `cancelled_by_operator`; an undo and a compensation go on to their end."""

    async def cancel(rig: Rig, caught: Caught) -> None:
        await _command(rig, "cancel", "--workflow-id", caught.run.workflow_id)

    await _every_moment(rig, sandboxes, cancel, _when_cancelled)


async def test_terminated_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """A new run takes back what stands, `terminated_by_operator`; an undo waits for a person and goes on."""

    async def terminate(rig: Rig, caught: Caught) -> None:
        await _command(rig, "terminate", "--workflow-id", caught.run.workflow_id)

    await _every_moment(rig, sandboxes, terminate, _stopped_with("terminated_by_operator"))


async def test_timed_out_in_flight(rig: Rig, sandboxes: Sandboxes) -> None:
    """The same for a run that Temporal let time out while a vendor was asked; ours have no limit: somebody set one."""

    async def wait(rig: Rig, caught: Caught) -> None:
        async def over() -> bool:
            description = await rig.client.get_workflow_handle(caught.run.workflow_id).describe()
            return description.close_time is not None

        await eventually(over, 30.0)

    moments = [moment for moment in MOMENTS if moment.name in ("buys", "pushes")]
    judge = _stopped_with("timed_out_by_operator")
    await _every_moment(rig, sandboxes, wait, judge, moments, within=timedelta(seconds=1))


async def test_reset_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """It runs again from its first task, beside what is still in flight, and nothing is done twice."""

    async def reset(rig: Rig, caught: Caught) -> None:
        await _command(rig, "reset", "--workflow-id", caught.run.workflow_id, *RESET)

    await _every_moment(rig, sandboxes, reset, _when_reset)


async def test_cancelled_while_a_push_is_taken_that_is_answered_later(rig: Rig, sandboxes: Sandboxes) -> None:
    """Nobody waits for the channel's answer to what is to be taken back: it may take a month."""
    moment = Moment(
        "pushes", "push_fulfillment", {"fulfillments.create": ("slow:2",)}, "fulfillments.create", answers_after=600
    )
    async with sandboxes.one() as sandbox:
        caught = await _caught(rig, await rig.shop(sandbox), moment)
        await _command(rig, "cancel", "--workflow-id", caught.run.workflow_id)
        await _when_cancelled(rig, caught, await _wait_until_settled(rig, caught))
        assert not await sandbox.requests("fulfillments.status")


SLOW = ("slow:2",)
REVERSALS = (
    Moment("buys", "create_shipment", {"labels.create": SLOW, "labels.void": LOST}, "labels.create"),
    Moment(
        "pushes", "push_fulfillment", {"fulfillments.create": SLOW, "fulfillments.cancel": LOST}, "fulfillments.create"
    ),
    Moment(
        "waits to push", "fulfill_order", {"fulfillments.create": WAITS, "labels.void": LOST}, "fulfillments.create"
    ),
    Moment("pushes", "fulfill_order", {"fulfillments.create": SLOW, "labels.void": LOST}, "fulfillments.create"),
)
"""Cancelled there, each has begun to take back when the last of its script is called."""


@pytest.mark.parametrize("moment", REVERSALS, ids=lambda moment: f"{moment.type} {moment.name}")
async def test_reset_while_a_cancellation_takes_back(rig: Rig, sandboxes: Sandboxes, moment: Moment) -> None:
    """What was done stands no more once its taking back has begun: the run that begins anew goes on with that."""
    *_, takes_back = moment.script
    async with sandboxes.one() as sandbox:
        caught = await _caught(rig, await rig.shop(sandbox), moment)
        await _command(rig, "cancel", "--workflow-id", caught.run.workflow_id)

        async def taking_back() -> bool:
            return bool(await sandbox.requests(takes_back))

        await eventually(taking_back, 30.0)
        await _command(rig, "reset", "--workflow-id", caught.run.workflow_id, *RESET)
        record = await _wait_until_settled(rig, caught)

        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).code == "cancelled_by_operator"
        assert present(record.operation.error).rolled_back is True
        await _books_agree(caught, record)


@contextlib.asynccontextmanager
async def _hold(url: str, operation: Operation) -> AsyncIterator[None]:
    """Hold the operation's row, so that the mirror waits for it."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("select from operations where id = %s for no key update", (operation.id,))
        yield


@pytest.mark.parametrize("deed", ["cancel", "terminate", "reset"])
async def test_while_the_mirror_writes(rig: Rig, sandboxes: Sandboxes, module_database_url: str, deed: str) -> None:
    """Of every type: what Postgres says when it can write again is what stands."""

    async def one(kind: str) -> None:
        async with sandboxes.one() as sandbox:
            shop = await rig.shop(sandbox)
            operation, label = await _prepared(rig, shop, kind)
            run = await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
            caught = Caught(Moment("mirrors", kind, {}, ""), shop, operation, run, label)
            async with _hold(module_database_url, operation):
                rig.dispatcher.offer([run])

                async def mirrors() -> bool:
                    effects = (await rig.record(shop, operation)).effects
                    wanted = 3 if kind == "fulfill_order" else 1
                    return len(effects) == wanted and all(effect.state.value == "done" for effect in effects)

                await eventually(mirrors, 30.0)
                more = RESET if deed == "reset" else ()
                await _command(rig, deed, "--workflow-id", run.workflow_id, *more)
            record = await _wait_until_settled(rig, caught)
            assert record.operation.status in (OperationStatus.COMPLETED, OperationStatus.FAILED)
            if kind != "void_shipment":
                assert record.operation.attention is None
                await _books_agree(caught, record)

    async with asyncio.TaskGroup() as group:
        for kind in TYPES:
            group.create_task(one(kind))


@pytest.mark.parametrize("deed", ["cancel", "terminate"])
async def test_before_the_first_step(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes, deed: str
) -> None:
    """No worker was there yet: nothing is ever sent."""
    url, namespace = postgres_server.create(), temporal_server.new_namespace()
    settings = settings_for(url, temporal_server.address)
    begun: list[Caught] = []
    async with sandboxes.one() as sandbox:
        async with running_engine(settings, namespace, with_worker=False) as rig:
            for kind in TYPES[:-1]:
                shop = await rig.shop(sandbox)
                operation = await rig.new(shop, kind)
                begun.append(
                    Caught(Moment("starts", kind, {}, ""), shop, operation, await rig.begin(shop, operation), None)
                )
            for caught in begun:
                await eventually(lambda: _is_started(rig, caught), 20.0)  # noqa: B023 (awaited here)
                await _command(rig, deed, "--workflow-id", caught.run.workflow_id)
        async with running_engine(settings, namespace) as rig:
            for caught in begun:
                record = await _wait_until_settled(rig, caught)
                assert record.operation.status is OperationStatus.FAILED, record.operation
                assert record.operation.attention is None
                assert not record.effects
    postgres_server.drop(url)


async def _is_started(rig: Rig, caught: Caught) -> bool:
    return (await rig.record(caught.shop, caught.operation)).runs[-1].started_at is not None
