"""The workflow and its three remote activities, with every default."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow

QUEUE = "shipments"
SECONDS = timedelta(seconds=60)


@dataclass
class Shipment:
    """What the workflow is started with."""

    operation_id: str


@workflow.defn
class CreateShipment:
    """Validate, buy, record."""

    @workflow.run
    async def run(self, shipment: Shipment) -> dict[str, Any]:
        """Return what was recorded."""
        given: dict[str, Any] = await workflow.execute_activity(
            "validate", shipment.operation_id, start_to_close_timeout=SECONDS
        )
        label: dict[str, Any] = await workflow.execute_activity(
            "buy_label", args=[shipment.operation_id, given], start_to_close_timeout=SECONDS
        )
        return await workflow.execute_activity(  # type: ignore[no-any-return]  # an activity by name returns Any
            "record", args=[shipment.operation_id, label], start_to_close_timeout=SECONDS
        )
