"""Undo and rollback: the same compensations from the ledger, for any type, months later if need be."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.operations import RunKind
from workflows.execution import roll_back, undo

WORKFLOWS = {RunKind.UNDO: "undo_operation", RunKind.ROLLBACK: "roll_back_operation"}
"""The names of the workflows that are the same for every operation type."""


@workflow.defn(name=WORKFLOWS[RunKind.UNDO])
class UndoOperation:
    """Takes back what a completed operation did."""

    @workflow.run
    async def run(self, run: RunInput) -> None:
        await undo(run)


@workflow.defn(name=WORKFLOWS[RunKind.ROLLBACK])
class RollBackOperation:
    """Takes back what an operation did that is to end as failed: terminated, or settled by a person."""

    @workflow.run
    async def run(self, run: RunInput) -> None:
        await roll_back(run)
