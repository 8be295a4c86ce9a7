"""The workflow and its three remote activities, with all defaults."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow

QUEUE = "shipments"
SECONDS = timedelta(seconds=60)


@dataclass
class Shipment:
    """The workflow's input."""

    operation_id: str


@workflow.defn
class CreateShipment:
    """Validates, buys, records."""

    @workflow.run
    async def run(self, shipment: Shipment) -> dict[str, Any]:
        """Return the recorded label."""
        operation_input: dict[str, Any] = await workflow.execute_activity(
            "validate", shipment.operation_id, start_to_close_timeout=SECONDS
        )
        label: dict[str, Any] = await workflow.execute_activity(
            "buy_label", args=[shipment.operation_id, operation_input], start_to_close_timeout=SECONDS
        )
        return await workflow.execute_activity(  # type: ignore[no-any-return]  # an activity by name returns Any
            "record", args=[shipment.operation_id, label], start_to_close_timeout=SECONDS
        )
