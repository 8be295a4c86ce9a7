"""Moments of a run for an operator to interfere, and the checks that follow."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from activities.payloads import RunInput
from bootstrap.embedded.temporal import find_binary
from domain.operations import Operation, OperationStatus, Run, RunKind, UndoStatus
from domain.ports.runs import StartedRun
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, build_input, list_references

TYPES = ("create_shipment", "push_fulfillment", "update_order_status", "fulfill_order", "void_shipment")
AT_ONCE = 16
RESET = ("--type", "FirstWorkflowTask", "--reason", "an operator's reason")


@dataclass(frozen=True)
class Moment:
    """A point in a run: `script` holds the run there by target, and a call to `caught` shows that it has come."""

    name: str
    type: str
    script: dict[str, tuple[str, ...]]
    caught: str
    kind: RunKind = RunKind.EXECUTE
    answers_after: float = 0
    fails: bool = False
    """Whether the operation fails without an operator as well."""


WAITS = ("rate_limited:25",)
"""Long enough for an operator on a busy machine."""
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
    """The operation that bought the label to void."""


async def prepare_operation(rig: Rig, shop: Shop, kind: str) -> tuple[Operation, OperationRecord | None]:
    if kind != "void_shipment":
        return await rig.create(shop, kind, **build_input(shop, kind)), None
    bought = await rig.complete(shop, "create_shipment")
    return await rig.create(shop, kind, shipment_id=(bought.operation.output or {})["shipment_id"]), bought


async def catch_run(rig: Rig, shop: Shop, moment: Moment, within: timedelta | None = None) -> Caught:
    """Bring an operation to the moment; with `within`, Temporal times its run out."""
    operation, label = await prepare_operation(rig, shop, moment.type)
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
        await _start_with_timeout(rig, run, within)

    async def is_there() -> bool:
        known = (await rig.record(shop, operation)).runs[-1].started_at is not None
        return known and bool(await shop.sandbox.requests(moment.caught))

    await eventually(is_there, 60.0, moment.name)
    return Caught(moment, shop, operation, run, label)


async def _start_with_timeout(rig: Rig, run: Run, within: timedelta) -> None:
    message = RunInput(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        operation_type=run.operation_type,
        order_id=run.order_id,
        run=run.run,
        kind=run.kind,
        plan=run.plan,
        local_first=True,
    )
    name = "undo_operation" if run.kind is RunKind.UNDO else run.operation_type
    task_queue = rig.workflows.task_queue
    await rig.client.start_workflow(name, message, id=run.workflow_id, task_queue=task_queue, execution_timeout=within)
    await rig.container.runs.mark_started([StartedRun(run, task_queue)])


async def run_temporal(rig: Rig, *words: str) -> None:
    """Run Temporal's command line as an operator does.

    Temporal refuses the command while the workflow is busy, and a reset during the first workflow task, which ends with
    the hand-over of its call: then the command is repeated.
    """
    said = ""

    async def is_taken() -> bool:
        nonlocal said
        process = await asyncio.create_subprocess_exec(
            str(find_binary()), "workflow", *words, "--namespace", rig.client.namespace, "--address",
            rig.client.service_client.config.target_host,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await process.communicate())[0].decode()
        assert process.returncode == 0 or any(reason in said for reason in ("busy", "boundary")), said
        return process.returncode == 0

    await eventually(is_taken, 60.0, said)


async def wait_until_settled(rig: Rig, caught: Caught) -> OperationRecord:
    """Reconcile until the operation's last run is closed."""

    async def rests() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        record = await rig.record(caught.shop, caught.operation)
        return record.runs[-1].closed_at is not None

    await eventually(rests, 60.0, f"{caught.moment.type} {caught.moment.name} settles")
    return await rig.record(caught.shop, caught.operation)


async def check_books(caught: Caught, record: OperationRecord) -> None:
    """A completed operation has exactly one live item of each kind, any other has none; no item exists twice."""
    sandbox, is_completed = caught.shop.sandbox, record.operation.status is OperationStatus.COMPLETED
    labels = await sandbox.labels(*list_references(record))
    pushes = await sandbox.fulfillments(*list_references(record))
    buys, tells = _buys(caught.moment.type, "labels"), _buys(caught.moment.type, "fulfillments")
    assert count_live(labels) == (1 if is_completed and buys else 0), labels
    assert count_live(pushes) == (1 if is_completed and tells else 0), pushes
    assert len(labels) <= 1
    assert len(pushes) <= 1


def _buys(kind: str, what: str) -> bool:
    return kind == "fulfill_order" or kind == {"labels": "create_shipment", "fulfillments": "push_fulfillment"}[what]


Action = Callable[[Rig, Caught], Awaitable[None]]
Check = Callable[[Rig, Caught, OperationRecord], Awaitable[None]]


async def act_at_every_moment(
    rig: Rig, sandboxes: Sandboxes, action: Action, check: Check, moments: Sequence[Moment] = MOMENTS, **options: Any
) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(moment: Moment) -> None:
        async with room, sandboxes.one() as sandbox:
            shop = await rig.shop(sandbox)
            caught = await catch_run(rig, shop, moment, **options)
            await action(rig, caught)
            record = await wait_until_settled(rig, caught)
            try:
                await check(rig, caught, record)
            except AssertionError as error:
                events = [(log.event, log.message) for log in record.logs]
                raise AssertionError(f"{moment.type}, {moment.name}: {error}\n{record.operation}\n{events}") from error

    results = await asyncio.gather(*(one(moment) for moment in moments), return_exceptions=True)
    failed = [result for result in results if isinstance(result, BaseException)]
    assert not failed, "\n\n".join(map(str, failed))


async def _expect_resumable_undo(rig: Rig, caught: Caught, record: OperationRecord) -> None:
    assert record.operation.undo_status is UndoStatus.FAILED
    assert present(record.operation.attention).reason == "drift"
    undone = await rig.undo(caught.shop, caught.operation)
    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.attention is None
    await check_books(caught, undone)


def expect_stopped(code: str) -> Check:
    async def check(rig: Rig, caught: Caught, record: OperationRecord) -> None:
        if caught.moment.kind is RunKind.UNDO:
            await _expect_resumable_undo(rig, caught, record)
            return
        if caught.moment.type == "void_shipment":
            await _expect_void_finished(caught, record, code)
            return
        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).code == code
        assert present(record.operation.error).rolled_back is True
        assert record.operation.attention is None
        await check_books(caught, record)

    return check


async def _expect_void_finished(caught: Caught, record: OperationRecord, code: str) -> None:
    """A void is never compensated: a sent void is finished, one that was not sent has no effect."""
    assert caught.label is not None
    was_sent = caught.moment.script["labels.void"] != WAITS
    assert count_live(await caught.shop.sandbox.labels(*list_references(caught.label))) == (0 if was_sent else 1)
    assert record.operation.attention is None
    if was_sent:
        assert record.operation.status is OperationStatus.COMPLETED
        assert (record.operation.output or {})["outcome"] in ("voided", "already_voided")
        return
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == code


async def expect_cancelled(rig: Rig, caught: Caught, record: OperationRecord) -> None:
    if caught.moment.kind is RunKind.UNDO:
        assert record.operation.status is OperationStatus.UNDONE
        await check_books(caught, record)
        return
    if caught.moment.fails:
        assert present(record.operation.error).code == "rejected"
        await check_books(caught, record)
        return
    await expect_stopped("cancelled_by_operator")(rig, caught, record)
    assert len(record.runs) == 1
    if caught.moment.name == "recovers":
        assert len(await caught.shop.sandbox.requests("labels.create")) == 1, "no label is bought just to void it"
