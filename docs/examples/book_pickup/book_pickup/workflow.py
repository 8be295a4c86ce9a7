"""The workflow of book_pickup."""

from typing import Any

from temporalio import workflow

from activities.payloads import RunInput
from book_pickup.steps import BOOK
from workflows.execution import execute
from workflows.saga import Saga


@workflow.defn(name="book_pickup")
class BookPickup:
    """Books one pickup."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        """Run the operation to its end."""
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        """Book the courier for the plan's day."""
        return await saga.step(BOOK)
