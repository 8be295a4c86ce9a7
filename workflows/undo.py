"""Undo and rollback: the same compensations from the ledger, for any type, months later if need be."""

from temporalio import workflow

from activities.payloads import RunInput
from workflows.execution import roll_back, undo


@workflow.defn(name="undo_operation")
class UndoOperation:
    """Takes back what a completed operation did."""

    @workflow.run
    async def run(self, run: RunInput) -> None:
        """Run the undo to its end."""
        await undo(run)


@workflow.defn(name="roll_back_operation")
class RollBackOperation:
    """Takes back what an operation did that is to end as failed: terminated, or settled by a person."""

    @workflow.run
    async def run(self, run: RunInput) -> None:
        """Run the rollback to its end."""
        await roll_back(run)
