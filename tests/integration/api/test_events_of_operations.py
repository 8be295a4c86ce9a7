"""The events of operations: their data, their changes, and their numbers."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.database import Database
from adapters.postgres.ledger.ledger import PostgresLedger
from domain.effects import Direction
from domain.events import DATA_FIELDS, OMITTED_FIELDS, OPERATION
from domain.operations import AttentionReason, OperationStatus
from domain.ports.ledger import EffectKey
from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import ApiClient, Service, Temporal
from tests.fixtures.rows import Rows, now
from tests.integration.api.test_events_of_calls import is_part

OPERATIONS = "/api/operations"
SECRET = "Ada Lovelace, 1 Main St"
MAX_BYTES = 1_000

LABEL = {
    "shipment_id": str(uuid4()), "tracking_number": "9400111899560441234567890123456789", "carrier": "fedex",
    "service": "FEDEX_2_DAY_FREIGHT", "carrier_account_id": str(uuid4()), "carrier_shipment_id": "s" * 36,
    "cost": "1234.56", "currency": "USD", "void_until": "2026-12-01T00:00:00Z",
}  # fmt: skip
PUSH = {"fulfillment_id": "gid://shopify/Fulfillment/1234567890", "bridge_id": str(uuid4()), "notified": True}
ERROR = {"code": "rejected", "message": SECRET, "step": "buy_label", "retryable": False, "rolled_back": True}
ATTENTION = {
    "reason": "outcome_unknown", "since": "2026-11-30T09:00:00.5+01:00", "step": "buy_label",
    "choices": ["happened", "did_not_happen"], "message": SECRET, "not_before": "2026-11-30T09:05:00+00:00",
}  # fmt: skip

STATES: dict[str, Json] = {
    "pending": {"status": "pending", "input": {"instructions": SECRET}, "plan": {"ship_to": SECRET}},
    "completed": {
        "status": "completed", "output": {**LABEL, **PUSH, "signed_by": SECRET}, "executed_at": now(),
        "completed_at": now(),
    },
    "failed": {"status": "failed", "error": {**ERROR, "vendor_code": "42", "field": SECRET}, "completed_at": now()},
    "attention": {"status": "executing", "attention": ATTENTION, "executed_at": now()},
    "undone": {"status": "undone", "undo_status": "done", "undo_at": now(), "output": {}},
}  # fmt: skip


@pytest.fixture
def database(service: Service) -> Database:
    return service.container.database


async def note(database: Database, rows: Rows, operation_id: UUID) -> Json:
    """Insert an event about the operation as it is; return the event."""
    key = EffectKey(
        organization_id=rows.organization_id, operation_id=operation_id, run=1, step="buy_label",
        direction=Direction.DO, position=1,
    )  # fmt: skip
    await PostgresLedger(database).note(key, "step.not_sent", "the carrier is busy")
    return rows.select("events", subject_id=operation_id)[-1]


@pytest.mark.parametrize("columns", STATES.values(), ids=STATES.keys())
async def test_an_event_has_the_form_of_the_list(
    client: ApiClient, database: Database, rows: Rows, columns: Json
) -> None:
    """Without input, texts of people and vendors, and outputs that an installed type adds; below 1 kB."""
    operation_id = rows.insert_operation(**columns, order_id=rows.insert_order())
    data = (await note(database, rows, operation_id))["data"]
    (shown,) = await client.data("GET", OPERATIONS)
    assert data.keys() == set(DATA_FIELDS[OPERATION])
    assert shown.keys() == data.keys() | set(OMITTED_FIELDS[OPERATION])
    for name, value in data.items():
        assert is_part(value, shown[name]), (name, value, shown[name])
    text = json.dumps(data)
    assert SECRET not in text
    assert len(text) < MAX_BYTES
    if shown["output"]:
        assert shown["output"].keys() - data["output"].keys() == {"signed_by"}


def changes(rows: Rows, operation_id: str) -> list[tuple[str, Any]]:
    """Number the events; return the type of each and the fields that it changed, with their values."""
    rows.run("select number_events()")
    events = rows.select("events", subject_id=operation_id)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    return [
        (event["type"], {one["field"]: (one.get("before"), one.get("after")) for one in event["changes"] or []})
        for event in events
    ]


async def test_each_transition_names_its_change(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    """From the creation to a refused undo."""
    order_id = str(rows.insert_order())
    body = {"type": "update_order_status", "order_id": order_id, "input": {"status": "on_hold"}}
    operation_id = (await client.data("POST", OPERATIONS, body))["id"]
    temporal.workflow = lambda run: client.finish_run(run, "failed", code="rejected", step="set_status")
    await client.data("POST", f"{OPERATIONS}/{operation_id}/execute", Prefer="wait=5")
    temporal.workflow = lambda run: client.finish_run(run, output={})
    await client.data("POST", f"{OPERATIONS}/{operation_id}/retry", Prefer="wait=5")
    temporal.workflow = lambda run: client.finish_run(
        run, "undo_failed", attention=AttentionReason.COMPENSATION_FAILED, step="s"
    )
    await client.call("POST", f"{OPERATIONS}/{operation_id}/undo", Prefer="wait=5")
    found = changes(rows, operation_id)
    attention = found[-1][1].pop("attention")
    assert found == [
        ("operation.created", {}),
        ("operation.executing", {"status": ("pending", "executing")}),
        ("operation.failed", {"status": ("executing", "failed")}),
        ("operation.retry_started", {"status": ("failed", "executing")}),
        ("operation.completed", {"status": ("executing", "completed")}),
        ("operation.undo_started", {"undo.status": ("none", "in_progress")}),
        ("operation.undo_failed", {"undo.status": ("in_progress", "failed")}),
    ]
    assert (attention[0], attention[1]["reason"]) == (None, "compensation_failed")


async def test_a_pause_shows_as_progress(client: ApiClient, rows: Rows) -> None:
    account = rows.insert_account()
    operation_id = rows.insert_operation(OperationStatus.EXECUTING, touches=[account], current_run=1)
    rows.insert_run(operation_id, queue_key=f"do:{account}", started_at=None)
    await client.data("POST", f"/api/carrier-accounts/{account}/pause", {"reason": SECRET})
    (shown,) = await client.data("GET", OPERATIONS)
    await client.data("POST", f"/api/carrier-accounts/{account}/resume", {"reason": SECRET})
    held, released = rows.select("events", subject_id=operation_id)
    assert (held["type"], released["type"]) == ("operation.held", "operation.released")
    progress = held["data"]["progress"]
    assert (progress["state"], progress["cause"]) == ("account_paused", "person")
    assert is_part(progress, shown["progress"])
    assert "reason" not in progress
    assert released["data"]["progress"] is None
