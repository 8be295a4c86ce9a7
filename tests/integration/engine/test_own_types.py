"""Installed workflow types: the sandbox, and failures outside a step."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.payloads import CompensateOutput, RemainingEffect, RunInput, StepOutput
from adapters.temporal.worker import workflow_runner
from domain.effects import UndoOutcome
from domain.operations import RunKind
from domain.ports.ledger import RunOutcome
from tests.integration.engine.own_types import AfterItsLastStep, BesideItsSteps, WhereItRuns


class Edge:
    """Activities of a push and its compensation; the type's own activity always fails.

    `ends_run`: whether the transaction of the last step ends the run.
    """

    def __init__(self, *, ends_run: bool = False) -> None:
        self.ends_run = ends_run
        self.called: list[str] = []
        self.outcomes: list[RunOutcome] = []

    @activity.defn(dynamic=True)
    async def anything(self, fields: Sequence[RawValue]) -> Any:
        name = activity.info().activity_type
        self.called.append(name)
        if name == "own_call":
            raise ApplicationError("no", type="own_refusal", non_retryable=True)
        if name == "record_outcome":
            self.outcomes.append(activity.payload_converter().from_payload(fields[0].payload, RunOutcome))
            return self.outcomes[-1].result
        if name == "remaining_effects":
            return [
                RemainingEffect(
                    effect_id=uuid4(), step="push", position=1, settled=True, compensation="cancel_push", recovery=None
                )
            ]
        if name == "cancel_push":
            return CompensateOutput(outcome=UndoOutcome.CANCELLED, reversed=True)
        return StepOutput(result={}, has_ended=self.ends_run)

    async def run(
        self, env: WorkflowEnvironment, kind: type[BesideItsSteps | AfterItsLastStep]
    ) -> WorkflowFailureError:
        """Run an execution of the type that must fail, and return its failure."""
        run = RunInput(
            organization_id=uuid4(), operation_id=uuid4(), operation_type="own", order_id=None, run=1,
            kind=RunKind.EXECUTE, plan={},
        )  # fmt: skip
        name = f"{kind.__name__}-{self.ends_run}"
        async with Worker(
            env.client,
            task_queue=name,
            workflows=[kind],
            activities=[self.anything],
            workflow_runner=workflow_runner(),
        ):
            handle = await env.client.start_workflow(kind.run, run, id=name, task_queue=name)
            with pytest.raises(WorkflowFailureError) as failure:
                await handle.result()
        return failure.value


async def test_a_failure_outside_the_steps_is_rolled_back_and_reported(skipping: WorkflowEnvironment) -> None:
    """Without the report, the run would be started again forever."""
    edge = Edge()
    await edge.run(skipping, BesideItsSteps)
    assert edge.called == ["push", "own_call", "remaining_effects", "cancel_push", "record_outcome"]
    assert [(outcome.result, outcome.code, outcome.rolled_back) for outcome in edge.outcomes] == [
        ("failed", "own_refusal", True)
    ]


async def test_a_step_after_the_last_one_fails_the_workflow(skipping: WorkflowEnvironment) -> None:
    """The operation is completed, because the transaction of the last step has recorded that."""
    edge = Edge(ends_run=True)
    failure = await edge.run(skipping, AfterItsLastStep)
    assert "set_status follows the last step" in str(failure.cause)
    assert (edge.called, edge.outcomes) == (["push"], [])


async def test_a_step_after_an_unrecorded_last_one_rolls_back(skipping: WorkflowEnvironment) -> None:
    edge = Edge()
    await edge.run(skipping, AfterItsLastStep)
    assert edge.called == ["push", "remaining_effects", "cancel_push", "record_outcome"]
    assert [(outcome.result, outcome.code, outcome.step) for outcome in edge.outcomes] == [
        ("failed", "internal_error", "set_status")
    ]


async def test_only_installed_types_run_in_the_sandbox(
    skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_in_sandbox(queue: str) -> bool:
        async with Worker(
            skipping.client, task_queue=queue, workflows=[WhereItRuns], workflow_runner=workflow_runner()
        ):
            return await skipping.client.execute_workflow(WhereItRuns.run, id=queue, task_queue=queue)

    assert await is_in_sandbox("installed")
    monkeypatch.setattr(WhereItRuns, "__module__", "workflows.operations.where_it_runs")
    assert not await is_in_sandbox("built-in")
