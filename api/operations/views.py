"""Converts stored operations to response models."""

from urllib.parse import quote

from pydantic import BaseModel

from api.http.context import ApiContext
from api.http.responses import Answer, answer_one
from api.operations.read_models import LogRead, OperationDetail, OperationRead, RunRead, WorkflowRead
from api.operations.undo_policy import UndoFacts, show_undo
from api.orders.service import to_read_model as show_order
from api.shipments.sent import SentRead
from api.shipments.service import to_read_model as show_shipment
from domain.operations import Operation, Run
from domain.ports.stores import NOTHING_RELATED, OperationRecord, Related


def show_brief(context: ApiContext, operation: Operation, related: Related = NOTHING_RELATED) -> OperationRead:
    """Show an operation from its own row; the ledger is not read, so `undo.steps` is null."""
    undo = show_undo(UndoFacts(operation, context.registry.find(operation.type), context.database.clock.now()))
    return OperationRead.of(operation, undo=undo, **_show_related(operation, related))


def show_created(context: ApiContext, operation: Operation) -> Answer:
    """Answer a call that created an operation."""
    return answer_one(show_brief(context, operation), 201, f"/api/operations/{operation.id}")


def show_detail(
    context: ApiContext, record: OperationRecord, facts: UndoFacts, related: Related = NOTHING_RELATED
) -> OperationDetail:
    runs = record.runs
    return OperationDetail.of(
        record.operation,
        undo=show_undo(facts),
        logs=[LogRead.model_validate(entry) for entry in record.logs],
        workflow=_workflow(context, runs[-1]) if runs else None,
        depends_on=record.depends_on,
        sent=[
            SentRead.model_validate({"step": effect.step, "at": effect.sent_at, **effect.sent})
            for effect in record.effects
            if effect.sent is not None and effect.sent_at is not None and effect.attempts > 0
        ],
        runs=[RunRead.model_validate(run) for run in runs],
        **_show_related(record.operation, related),
    )


def _show_related(operation: Operation, related: Related) -> dict[str, BaseModel | None]:
    order = None if operation.order_id is None else related.orders.get(operation.order_id)
    shipment = related.shipments.get(operation.id)
    return {
        "order": None if order is None else show_order(order),
        "shipment": None if shipment is None else show_shipment(shipment),
    }


def _workflow(context: ApiContext, run: Run) -> WorkflowRead:
    url = None
    if context.temporal_ui_url:
        base = context.temporal_ui_url.rstrip("/")
        url = f"{base}/namespaces/{quote(context.temporal_namespace)}/workflows/{quote(run.workflow_id)}"
    return WorkflowRead(id=run.workflow_id, run=run.run, kind=run.kind, url=url)
