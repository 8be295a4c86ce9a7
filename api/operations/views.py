"""From stored operations to what is answered."""

from typing import Any
from urllib.parse import quote

from api.http.context import ApiContext
from api.operations.schemas import (
    AttentionRead,
    ErrorRead,
    LogRead,
    OperationDetail,
    OperationRead,
    RunRead,
    UndoRead,
    WorkflowRead,
)
from api.operations.undo_policy import UndoFacts, undo_view
from domain.operations import LogEntry, Operation, Run
from domain.ports.stores import OperationRecord


def brief(context: ApiContext, operation: Operation) -> OperationRead:
    """Show an operation by its own row; the ledger is not read, so `undo.steps` is null."""
    undo = undo_view(UndoFacts(operation, context.registry.find(operation.type)))
    return OperationRead(**_fields(operation, undo))


def detail(context: ApiContext, record: OperationRecord, facts: UndoFacts) -> OperationDetail:
    """Show an operation with its ledger, its log and its runs."""
    runs = record.runs
    return OperationDetail(
        **_fields(record.operation, undo_view(facts)),
        logs=[_log(entry) for entry in record.logs],
        workflow=_workflow(context, runs[-1]) if runs else None,
        runs=[RunRead.model_validate(run) for run in runs],
    )


def _fields(operation: Operation, undo: UndoRead) -> dict[str, Any]:
    return {
        "id": operation.id,
        "type": operation.type,
        "status": operation.status,
        "order_id": operation.order_id,
        "input": operation.input,
        "output": operation.output,
        "error": ErrorRead.model_validate(operation.error) if operation.error else None,
        "executed_at": operation.executed_at,
        "completed_at": operation.completed_at,
        "created_at": operation.created_at,
        "updated_at": operation.updated_at,
        "undo_at": operation.undo_at,
        "undo": undo,
        "attention": AttentionRead.model_validate(operation.attention) if operation.attention else None,
    }


def _log(entry: LogEntry) -> LogRead:
    return LogRead.model_validate(entry)


def _workflow(context: ApiContext, run: Run) -> WorkflowRead:
    url = None
    if context.temporal_ui_url:
        base = context.temporal_ui_url.rstrip("/")
        url = f"{base}/namespaces/{quote(context.temporal_namespace)}/workflows/{quote(run.workflow_id)}"
    return WorkflowRead(id=run.workflow_id, run=run.run, kind=run.kind, url=url)
