"""The limit: a Temporal workflow with one activity, and nothing else."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

QUEUE = "benchmark"
WAIT_SECONDS = 0.005


@activity.defn
async def wait(payload: str) -> str:
    """Take the time of a fast carrier, and no CPU."""
    await asyncio.sleep(WAIT_SECONDS)
    return payload


@workflow.defn(name="bare")
class Bare:
    """Runs one activity by name."""

    @workflow.run
    async def run(self, name: str, payload: str) -> str:
        """Return what the activity returns."""
        result: str = await workflow.execute_activity(
            name, payload, result_type=str, start_to_close_timeout=timedelta(seconds=60)
        )
        return result
