"""Activities that set an order's status and undo it; both only change our own rows, so no outcome is unknown."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from temporalio import activity

from activities.effects import build_key, build_undo_key, to_compensated
from activities.errors import activity_boundary
from activities.payloads import CompensateInput, CompensateOutput, StepInput, StepOutput
from domain.effects import UndoOutcome
from domain.json_values import to_json
from domain.orders import OrderStatus
from domain.ports.ledger import Ledger


class OrderActivities:
    """Activities on orders in Postgres."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.set_order_status, self.restore_order_status]

    @activity.defn
    @activity_boundary()
    async def set_order_status(self, step: StepInput) -> StepOutput:
        """Set the status of the plan; without one, derive it from the fulfilled items."""
        order_id, name = UUID(step.arguments["order_id"]), step.arguments.get("status")
        status = None if name is None else OrderStatus(name)
        recorded = await self._ledger.set_order_status(build_key(step), order_id, status, step.ending)
        return StepOutput(result=to_json(recorded.result), has_ended=recorded.has_ended)

    @activity.defn
    @activity_boundary()
    async def restore_order_status(self, call: CompensateInput) -> CompensateOutput:
        """Compute the order's status again without this step's change."""
        target = await self._ledger.find(call.organization_id, call.effect_id)
        if not target.stands:
            return CompensateOutput(outcome=UndoOutcome.NOTHING_TO_UNDO, reversed=True)
        restored = await self._ledger.restore_order_status(build_undo_key(call, target), target, call.ending)
        return to_compensated(restored.result, has_ended=restored.has_ended)
