"""The workflow of void_shipment."""

from typing import Any

from temporalio import workflow

from activities.payloads import RunInput
from workflows.execution import execute
from workflows.saga import Saga
from workflows.steps import VOID_SHIPMENT


@workflow.defn(name="void_shipment")
class VoidShipment:
    """Voids one label."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        """Run the operation to its end."""
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        """Void the label of the plan's shipment."""
        return await saga.step(VOID_SHIPMENT)
