"""A type with one step more than a run may have. A module of its own, for a workflow's sandbox imports it whole."""

from typing import Any

from temporalio import workflow

from activities.payloads import RunInput
from workflows.execution import execute
from workflows.saga import MOST_STEPS, Saga, Step


@workflow.defn(name="ten_steps")
class TenSteps:
    """Each step can be looked for, waited for, and taken back."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        for number in range(MOST_STEPS + 1):
            await saga.step(Step(f"step_{number}", "push", "recover_push", "cancel_push", waiting="await_push"))
        return {}
