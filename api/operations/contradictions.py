"""Checks with the carrier or channel before believing that a person voided or cancelled something."""

from uuid import UUID

from api.http.auth import Caller
from api.operations.schemas import ResolveRequest
from api.operations.service import require_record
from domain.effects import Direction, Effect
from domain.json_values import from_json
from domain.operation_errors import Contradicted
from domain.operations import AttentionReason
from domain.ports.stores import OperationRecord
from domain.results import LabelResult, PushResult, VoidedShipment
from workflows.operation_type import OperationType


async def refuse_contradicted(caller: Caller, operation_id: UUID, body: ResolveRequest) -> None:
    """Refuse `happened` of a void or cancel if the label or fulfillment is still live.

    The lookup runs outside of any transaction.

    Raises:
        Contradicted: it is live, and the request has no `force`.
    """
    if body.outcome != "happened" or body.force:
        return
    async with caller.context.database.autocommit(caller.organization_id) as data:
        record = await require_record(data, operation_id)
        attention, kind = record.operation.attention, caller.context.registry.find(record.operation.type)
        if attention is None or kind is None:
            return
        name = body.step or attention.step
        shipment_id = _find_voided_shipment(record, kind, name)
        shipment = await data.shipments.get(shipment_id) if shipment_id is not None else None
    looks = caller.context.live_looks
    seen = await looks.find_shipment(caller.organization_id, shipment) if shipment is not None else None
    if attention.reason is AttentionReason.COMPENSATION_FAILED and body.result is None:
        for effect in _remaining(record, name):
            seen = seen or await _find_live(caller, kind, effect)
    if seen is not None:
        raise Contradicted(seen)


def _find_voided_shipment(record: OperationRecord, kind: OperationType, name: str | None) -> UUID | None:
    """Return the shipment whose label the step voids; None for other steps."""
    step = kind.step(name) if name is not None else None
    return record.operation.plan.shipment_id if step is not None and step.result is VoidedShipment else None


def _remaining(record: OperationRecord, name: str | None) -> list[Effect]:
    effects = (effect for effect in record.effects if effect.direction is Direction.DO and effect.stands)
    return [effect for effect in effects if name in (None, effect.step) and effect.result]


async def _find_live(caller: Caller, kind: OperationType, effect: Effect) -> str | None:
    step, looks = kind.step(effect.step), caller.context.live_looks
    if step is None:
        return None
    if step.result is LabelResult:
        return await looks.find_label(caller.organization_id, effect, from_json(LabelResult, effect.result or {}))
    if step.result is PushResult:
        return await looks.find_fulfillment(caller.organization_id, effect, from_json(PushResult, effect.result or {}))
    return None
