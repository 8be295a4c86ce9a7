"""The workflow of update_order_status."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import Json
from workflows.execution import execute
from workflows.steps import set_order_status


@workflow.defn(name="update_order_status")
class UpdateOrderStatus:
    """Sets one order's status and records the previous one."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        return await execute(run, set_order_status)
