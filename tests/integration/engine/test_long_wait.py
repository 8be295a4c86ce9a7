"""A wait of a month, in a server that skips time."""

from datetime import timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.errors import to_application_error
from activities.payloads import RemainingEffect, RunInput, StepInput, StepOutput
from adapters.temporal.worker import workflow_runner
from domain.errors import StillWaiting
from domain.json_values import to_json
from domain.operations import RunKind, RunRef
from domain.orders import OrderStatus
from domain.ports.ledger import RunOutcome
from domain.results import PushResult, StatusResult
from tests.replay.changed import StatusToo
from workflows.operations.push_fulfillment.workflow import PushFulfillment

DAYS = 30
PUSHED = PushResult("f1", uuid4(), "1Z")
HOURS_BETWEEN = 6


class LateChannel:
    """The activities of a push that the channel answers after a month."""

    def __init__(self) -> None:
        self.pushed = self.asked = self.statuses = 0
        self.outcomes: list[RunOutcome] = []

    @activity.defn(name="push_fulfillment")
    async def push(self, _: StepInput) -> StepOutput:
        self.pushed += 1
        return StepOutput(result=to_json(PUSHED), waiting=True)

    @activity.defn(name="set_order_status")
    async def set_status(self, _: StepInput) -> StepOutput:
        self.statuses += 1
        return StepOutput(result=to_json(StatusResult(uuid4(), OrderStatus.PENDING, OrderStatus.SHIPPED)))

    @activity.defn(name="await_fulfillment")
    async def answer(self, _: StepInput) -> StepOutput:
        self.asked += 1
        if self.asked <= DAYS * 24 / HOURS_BETWEEN:
            raise to_application_error(StillWaiting("not yet", after=HOURS_BETWEEN * 3600))
        return StepOutput(result=to_json(PUSHED))

    @activity.defn(name="record_outcome")
    async def record(self, outcome: RunOutcome) -> str:
        self.outcomes.append(outcome)
        return outcome.result

    @activity.defn(name="remaining_effects")
    async def remaining(self, run: RunRef) -> list[RemainingEffect]:  # noqa: ARG002 - the activity's shape
        return []


def _worker(skipping: WorkflowEnvironment, channel: LateChannel, workflow: type) -> Worker:
    return Worker(
        skipping.client,
        task_queue="late",
        workflows=[workflow],
        activities=[channel.push, channel.answer, channel.record, channel.remaining, channel.set_status],
        workflow_runner=workflow_runner(),
        max_cached_workflows=0,  # this server never moves a task out of the sticky queue of a stopped worker
    )


def _run() -> RunInput:
    return RunInput(
        organization_id=uuid4(),
        operation_id=uuid4(),
        operation_type="push_fulfillment",
        order_id=uuid4(),
        run=1,
        kind=RunKind.EXECUTE,
        plan={"channel": "shopify", "status": "shipped"},
    )


async def test_a_push_waits_thirty_days_with_a_small_history(skipping: WorkflowEnvironment) -> None:
    """The history has fewer than sixty events."""
    channel = LateChannel()
    start = await skipping.get_current_time()
    async with _worker(skipping, channel, PushFulfillment):
        handle = await skipping.client.start_workflow(PushFulfillment.run, _run(), id="late", task_queue="late")
        assert (await handle.result())["fulfillment_id"] == PUSHED.fulfillment_id
    assert await skipping.get_current_time() - start >= timedelta(days=DAYS)
    assert [outcome.result for outcome in channel.outcomes] == ["completed"]
    assert len((await handle.fetch_history()).events) < 60


async def test_a_deploy_during_the_wait_keeps_the_runs_steps(skipping: WorkflowEnvironment) -> None:
    """After half a month another worker continues the run with code that has one more step.

    A run that begins after the deploy has the new step.
    """
    channel = LateChannel()
    start = await skipping.get_current_time()
    async with _worker(skipping, channel, PushFulfillment):
        handle = await skipping.client.start_workflow(PushFulfillment.run, _run(), id="late", task_queue="late")
        await skipping.sleep(timedelta(days=DAYS / 2))
    asked = channel.asked
    assert 0 < asked < DAYS * 24 / HOURS_BETWEEN
    async with _worker(skipping, channel, StatusToo):
        assert (await handle.result())["fulfillment_id"] == PUSHED.fulfillment_id
        assert await skipping.get_current_time() - start >= timedelta(days=DAYS)
        assert (channel.asked > asked, channel.pushed, channel.statuses) == (True, 1, 0)
        later = await skipping.client.start_workflow(StatusToo.run, _run(), id="later", task_queue="late")
        await later.result()
    assert (channel.pushed, channel.statuses) == (2, 1)
    assert [outcome.result for outcome in channel.outcomes] == ["completed", "completed"]
