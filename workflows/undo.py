"""Workflows of undo and rollback: they run compensations from the ledger for every operation type."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.operations import RunKind
from workflows.execution import roll_back, undo

WORKFLOWS = {RunKind.UNDO: "undo_operation", RunKind.ROLLBACK: "roll_back_operation"}
"""Names of the workflows that all operation types share."""


@workflow.defn(name=WORKFLOWS[RunKind.UNDO])
class UndoOperation:
    """Undoes a completed operation."""

    @workflow.run
    async def run(self, run: RunInput) -> None:
        await undo(run)


@workflow.defn(name=WORKFLOWS[RunKind.ROLLBACK])
class RollBackOperation:
    """Rolls back an operation that failed: terminated by an operator, or resolved by a person."""

    @workflow.run
    async def run(self, run: RunInput) -> None:
        await roll_back(run)
