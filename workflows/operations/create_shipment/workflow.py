"""The workflow of create_shipment."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import Json
from workflows.execution import execute
from workflows.saga import Saga
from workflows.steps import BUY_LABEL


@workflow.defn(name="create_shipment")
class CreateShipment:
    """Buys one label; the same transaction records the purchase and the shipment."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> Json:
        return await saga.last_step(BUY_LABEL)
