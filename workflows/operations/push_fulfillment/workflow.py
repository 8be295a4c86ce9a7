"""The workflow of push_fulfillment."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import Json
from workflows.execution import execute
from workflows.saga import Saga
from workflows.steps import PUSH_FULFILLMENT


@workflow.defn(name="push_fulfillment")
class PushFulfillment:
    """Pushes one fulfillment, and waits if the channel answers minutes or days later."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> Json:
        """Push the shipment of the plan."""
        return await saga.last_step(PUSH_FULFILLMENT)
