"""Workflow types for tests, in their own module because the workflow sandbox imports the whole module."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.payloads import RunInput
from workflows.execution import execute
from workflows.saga import MAX_STEPS, Saga
from workflows.step import Step


@dataclass(frozen=True)
class Nothing:
    """The result of a step without a result."""


@workflow.defn(name="ten_steps")
class TenSteps:
    """Every step has a lookup, a wait and a compensation."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        for number in range(MAX_STEPS + 1):
            await saga.step(
                Step(f"step_{number}", "push", "recover_push", "cancel_push", Nothing, waiting="await_push")
            )
        return {}


@workflow.defn(name="where_it_runs")
class WhereItRuns:
    """Returns whether it runs in the SDK's sandbox."""

    @workflow.run
    async def run(self) -> bool:
        return workflow.unsafe.in_sandbox()


@workflow.defn(name="after_its_last_step")
class AfterItsLastStep:
    """Runs a step after the last one."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        output = await saga.last_step(Step("push", "push", None, "cancel_push", Nothing))
        await saga.step(Step("set_status", "set_status", None, None, Nothing))
        return output


@workflow.defn(name="beside_its_steps")
class BesideItsSteps:
    """Calls an activity outside its steps, which fails."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        await saga.step(Step("push", "push", None, "cancel_push", Nothing))
        await workflow.execute_activity(
            "own_call", start_to_close_timeout=timedelta(seconds=5), retry_policy=RetryPolicy(maximum_attempts=1)
        )
        return {}
