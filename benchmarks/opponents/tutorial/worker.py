"""The worker, with all defaults: `python -m benchmarks.opponents.tutorial.worker`."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.opponents.carrier import Carrier
from benchmarks.opponents.tutorial.shipment import QUEUE, CreateShipment
from benchmarks.opponents.tutorial.tables import change, engine_of


class Activities:
    """Two activities that use the database, in threads, and one that calls the carrier."""

    def __init__(self, engine: Engine, carrier: Carrier) -> None:
        self._engine = engine
        self._carrier = carrier

    @activity.defn
    def validate(self, ident: str) -> dict[str, Any]:
        """Read the input."""
        operation_input: dict[str, Any] = change(self._engine, ident, status="executing")["input"]
        return operation_input

    @activity.defn
    async def buy_label(self, ident: str, _input: dict[str, Any]) -> dict[str, Any]:
        """Buy the label."""
        return await self._carrier.buy(ident)

    @activity.defn
    def record(self, ident: str, label: dict[str, Any]) -> dict[str, Any]:
        """Record the label."""
        change(self._engine, ident, status="completed", output=label)
        return label


async def main() -> None:
    """Run until the process is terminated."""
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    activities = Activities(engine_of(os.environ["DATABASE_URL"]), Carrier(os.environ["SANDBOX_URL"]))
    with ThreadPoolExecutor(100) as threads:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[CreateShipment],
            activities=[activities.validate, activities.buy_label, activities.record],
            activity_executor=threads,
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
