"""Examples of operations, in the reference's own words where it has them."""

from typing import Any

from workflows.operations.create_shipment import CREATE_SHIPMENT
from workflows.operations.update_order_status import UPDATE_ORDER_STATUS
from workflows.steps import BUY_LABEL

ID = "550e8400-e29b-41d4-a716-446655440000"
SECOND_ID = "551e8400-e29b-41d4-a716-446655440000"
ORDER_ID = "660e8400-e29b-41d4-a716-446655440000"
SHIPMENT_ID = "770e8400-e29b-41d4-a716-446655440000"
ACCOUNT_ID = "880e8400-e29b-41d4-a716-446655440000"

BOUGHT: dict[str, Any] = {
    "shipment_id": SHIPMENT_ID,
    "tracking_number": "794644790132",
    "carrier": "fedex",
    "service": "GROUND",
    "carrier_account_id": ACCOUNT_ID,
    "carrier_shipment_id": "shp_1",
    "cost": "8.75",
    "currency": "USD",
    "void_until": "2026-02-12T10:30:00Z",
}


def _undo(status: str = "none", reason: str | None = "not_completed", steps: Any = None) -> dict[str, Any]:
    until = "2026-02-12T10:30:00Z" if reason is None else None
    return {"available": reason is None, "reason": reason, "until": until, "status": status, "steps": steps}


BOUGHT_STEP = {
    "step": BUY_LABEL.name,
    "direction": "do",
    "state": "done",
    "outcome": None,
    "available": True,
    "until": "2026-02-12T10:30:00Z",
    "message": None,
    "customer_sees": "nothing; who was told 794644790132 sees no parcel there",
}
VOIDED_STEPS = [
    {**BOUGHT_STEP, "available": None, "until": None, "message": "taken back", "customer_sees": None},
    {**BOUGHT_STEP, "direction": "undo", "outcome": "voided", "available": None, "until": None, "customer_sees": None},
]

_PENDING: dict[str, Any] = {
    "id": ID,
    "type": CREATE_SHIPMENT.name,
    "status": "pending",
    "order_id": ORDER_ID,
    "input": CREATE_SHIPMENT.example,
    "output": None,
    "error": None,
    "executed_at": None,
    "completed_at": None,
    "created_at": "2026-01-15T10:30:00Z",
    "updated_at": "2026-01-15T10:30:00Z",
    "undo_at": None,
    "undo": _undo(),
    "attention": None,
}
_EXECUTING = {**_PENDING, "status": "executing", "executed_at": "2026-01-15T10:30:00Z"}
_COMPLETED = {
    **_EXECUTING,
    "status": "completed",
    "output": BOUGHT,
    "completed_at": "2026-01-15T10:30:01Z",
    "updated_at": "2026-01-15T10:30:01Z",
    "undo": _undo(reason=None, steps=[BOUGHT_STEP]),
}
_RUN = {
    "run": 1,
    "kind": "execute",
    "workflow_id": f"operation-{ID}",
    "created_at": "2026-01-15T10:30:00Z",
    "started_at": "2026-01-15T10:30:00Z",
    "closed_at": "2026-01-15T10:30:01Z",
}
_WHOLE = {
    "logs": [
        {
            "at": "2026-01-15T10:30:00Z",
            "event": "operation.created",
            "message": "The operation was recorded.",
            "actor": "990e8400-e29b-41d4-a716-446655440000",
            "step": None,
            "details": None,
        }
    ],
    "workflow": {
        "id": f"operation-{ID}",
        "run": 1,
        "kind": "execute",
        "url": f"http://127.0.0.1:8233/namespaces/default/workflows/operation-{ID}",
    },
    "runs": [_RUN],
}

GIVEN = {name: _PENDING[name] for name in ("type", "order_id", "input")}
GIVEN_STATUS = {"type": UPDATE_ORDER_STATUS.name, "order_id": ORDER_ID, "input": UPDATE_ORDER_STATUS.example}
PENDING = {"data": _PENDING}
BATCH = {"data": [_PENDING, {**_PENDING, **GIVEN_STATUS, "id": SECOND_ID}]}
STARTED = {
    "data": {
        "started": 1,
        "remaining": 0,
        "results": [
            {"id": ID, "result": "started", "status": "executing"},
            {"id": SECOND_ID, "result": "not_pending", "status": "cancelled"},
        ],
    }
}
COUNTED = {"data": {"count": 240}}
EXECUTING = {"data": _EXECUTING}
CANCELLED = {"data": {**_PENDING, "status": "cancelled"}}
COMPLETED = {"data": {**_COMPLETED, **_WHOLE}}
UNDOING = {"data": {**_COMPLETED, "undo": _undo("in_progress", "in_progress")}}
UNDONE = {
    "data": {
        **_COMPLETED,
        **_WHOLE,
        "status": "undone",
        "undo_at": "2026-01-15T11:00:00Z",
        "updated_at": "2026-01-15T11:00:00Z",
        "undo": _undo("done", "already_undone", VOIDED_STEPS),
    }
}
UNDO = {"data": _undo(reason=None, steps=[BOUGHT_STEP])}
PAGE = {
    "data": [{**_COMPLETED, "undo": _undo(reason=None)}],
    "pagination": {"page": 1, "limit": 50, "total": 245, "totalPages": 5, "hasMore": True},
}
