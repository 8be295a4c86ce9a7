"""The workflow of void_shipment."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import Json
from workflows.execution import execute
from workflows.saga import Saga
from workflows.steps import VOID_SHIPMENT


@workflow.defn(name="void_shipment")
class VoidShipment:
    """Voids one label."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> Json:
        """Void the label of the plan's shipment."""
        return await saga.last_step(VOID_SHIPMENT)
