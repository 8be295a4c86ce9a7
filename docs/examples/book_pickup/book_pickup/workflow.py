"""The workflow of book_pickup."""

from temporalio import workflow

from activities.payloads import RunInput
from book_pickup.steps import BOOK
from domain.json_values import Json
from workflows.execution import execute
from workflows.saga import Saga


@workflow.defn(name="book_pickup")
class BookPickup:
    """Books one pickup."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        """Run the operation to its end."""
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> Json:
        """Book the courier for the plan's day."""
        return await saga.last_step(BOOK)
