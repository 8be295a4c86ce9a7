"""No workflow history exceeds 2,000 events, even with repeated failures over a long time."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.errors import to_application_error
from activities.payloads import (
    CompensateInput,
    CompensateOutput,
    RecoverOutput,
    RemainingEffect,
    RunInput,
    StepInput,
    StepOutput,
)
from adapters.temporal.worker import workflow_runner
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, StillWaiting, Unavailable
from domain.operations import OperationStatus, RunKind
from domain.ports.ledger import RunOutcome
from tests.fixtures.builders import PARCEL
from tests.fixtures.engine import Rig
from tests.fixtures.shops import Shop, build_input
from tests.integration.engine.own_types import TenSteps
from workflows.activity_options import LOCAL_CALL
from workflows.operations.fulfill_order.workflow import FulfillOrder
from workflows.saga import MAX_SENDS, MAX_STEPS
from workflows.undo import UndoOperation

MAX_EVENTS = 2_000
MORE_PER_TASK = 5
"""A workflow task whose worker dies: the sticky queue times out, then the task times out, then it completes."""
assert LOCAL_CALL.total_seconds() < 8, "a longer local activity adds events: Temporal extends its workflow task"
DAY = 86_400.0
IDS = ("shipment_id", "carrier_account_id", "bridge_id")
NAMES = ("tracking_number", "carrier_shipment_id", "fulfillment_id")
RESULT = {**dict.fromkeys(IDS, str(uuid4())), **dict.fromkeys(NAMES, "1")}
"""A result with all fields of the label and of the push."""


class Misfortune:
    """Activities that fail in every possible way before they succeed or give up."""

    def __init__(self) -> None:
        self.remaining: list[RemainingEffect] = []
        self.outcomes: list[RunOutcome] = []
        self._looks: Counter[str] = Counter()

    @activity.defn(dynamic=True)
    async def anything(self, fields: Sequence[RawValue]) -> Any:
        """Fail the first attempt of every activity with a retryable error."""
        info = activity.info()
        if info.is_local or info.attempt == 1:
            raise ApplicationError("away", type=Unavailable.code)
        name = info.activity_type
        message = activity.payload_converter().from_payload
        if name == "record_outcome":
            self.outcomes.append(message(fields[0].payload, RunOutcome))
            return self.outcomes[-1].result
        if name == "remaining_effects":
            return self.remaining[::-1]
        if name.startswith(("void", "cancel", "restore")):
            assert message(fields[0].payload, CompensateInput).effect_id
            return CompensateOutput(outcome=UndoOutcome.CANCELLED, reversed=True)
        return self._of_step(name, message(fields[0].payload, StepInput), info.attempt)

    def _of_step(self, name: str, step: StepInput, attempt: int) -> StepOutput | RecoverOutput:
        if name.startswith("await"):
            if attempt <= 3:
                raise to_application_error(StillWaiting("not yet", after=10 * DAY))
            return StepOutput(result=RESULT)
        if not name.startswith("recover"):
            raise to_application_error(Ambiguous("lost"))
        self._looks[step.step] += 1
        if step.compensating or self._looks[step.step] < MAX_SENDS:
            return RecoverOutput(state="done" if step.compensating else "absent")
        self.remaining.append(_remaining(step))
        return RecoverOutput(state="done", result=RESULT, waiting="label" not in name)


def _remaining(step: StepInput) -> RemainingEffect:
    return RemainingEffect(
        effect_id=uuid4(),
        step=step.step,
        position=step.position,
        settled=False,
        compensation=step.compensation,
        recovery=step.recovery,
    )


def _worker(skipping: WorkflowEnvironment, misfortune: Misfortune) -> Worker:
    return Worker(
        skipping.client,
        task_queue="worst",
        workflows=[TenSteps, FulfillOrder, UndoOperation],
        activities=[misfortune.anything],
        workflow_runner=workflow_runner(),
    )


def _run(kind: RunKind) -> RunInput:
    plan = {"channel": "shopify", "status": "shipped"}
    order = {"order_id": uuid4(), "operation_type": "fulfill_order"}
    return RunInput(
        organization_id=uuid4(), operation_id=uuid4(), run=1, kind=kind, plan=plan, local_first=True, **order
    )


async def _events(handle: WorkflowHandle[Any, Any]) -> int:
    """Count the events, and those of the same run if workers died in each task."""
    kinds = Counter(event.event_type for event in (await handle.fetch_history()).events)
    tasks = kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    return kinds.total() + MORE_PER_TASK * tasks


@pytest.mark.parametrize(
    ("workflow", "steps", "code"),
    [("ten_steps", MAX_STEPS, "too_many_steps"), ("fulfill_order", 2, "not_accepted")],
)
async def test_a_run_with_every_failure_stays_below_the_bound(
    skipping: WorkflowEnvironment, workflow: str, steps: int, code: str
) -> None:
    """Each step is lost five times, found, and awaited for a month; then everything is looked up and rolled back.

    Postgres is unavailable whenever the run needs it. The same holds for an undo.
    """
    misfortune = Misfortune()
    async with _worker(skipping, misfortune):
        handle = await skipping.client.start_workflow(workflow, _run(RunKind.EXECUTE), id=workflow, task_queue="worst")
        with pytest.raises(WorkflowFailureError):
            await handle.result()
        assert len(misfortune.remaining) == steps
        undo = await skipping.client.start_workflow(
            UndoOperation.run, _run(RunKind.UNDO), id=f"undo-{workflow}", task_queue="worst"
        )
        await undo.result()
    assert [(outcome.result, outcome.code, outcome.rolled_back) for outcome in misfortune.outcomes] == [
        ("failed", code, True),
        ("undone", None, None),
    ]
    assert await _events(handle) < MAX_EVENTS
    assert await _events(undo) < MAX_EVENTS


async def test_the_largest_order_does_not_grow_the_history(rig: Rig, shop: Shop) -> None:
    """An order may have a thousand line items; workflows get only ids."""
    items = [{"id": str(number), "sku": f"SKU-{number}", "name": "x" * 200, "quantity": 1} for number in range(1000)]
    async with rig.data(shop) as data:
        order = await data.orders.update(shop.order.id, {"line_items": items})
    assert order is not None
    await shop.sandbox.put_order(order.external_id, items)
    fields = {
        **build_input(shop, "fulfill_order"),
        "parcels": [PARCEL],
        "line_items": [{"id": item["id"], "quantity": 1} for item in items],
    }
    large = dataclasses.replace(shop, order=order)
    record = await rig.execute(large, await rig.create(large, "fulfill_order", **fields))
    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    history = await rig.client.get_workflow_handle(record.runs[0].workflow_id).fetch_history()
    # 25, and a few more if a busy machine delivers a task twice; one event per line item would make 1000.
    assert len(history.events) < 60
    assert sum(event.ByteSize() for event in history.events) < 32_000


async def test_the_last_effect_needs_no_record_by_the_workflow(rig: Rig, shop: Shop) -> None:
    """The transaction of the last effect ends the run, of an execution and of an undo."""
    record = await rig.complete(shop, "fulfill_order")
    record = await rig.undo(shop, record.operation)
    assert record.operation.status is OperationStatus.UNDONE
    for run in record.runs:
        handle = rig.client.get_workflow_handle(run.workflow_id)
        await handle.result()
        history = await handle.fetch_history()
        recorded = b"".join(event.SerializeToString() for event in history.events)
        assert b"record_outcome" not in recorded
        assert (b"remaining_effects" in recorded) is (run.kind is RunKind.UNDO)
