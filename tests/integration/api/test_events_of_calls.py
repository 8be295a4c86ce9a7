"""Each call that changes something writes exactly its events, with its actor and request id, and in the API's form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.app import ROUTERS
from api.openapi.document import describe
from domain.events import DATA_FIELDS, HIDDEN_FIELDS, OMITTED_FIELDS
from domain.users import Role
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json, build_purchase
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows
from tests.integration.api.test_resolve import HAPPENED, insert_unknown
from workflows.registry import BUILT_IN, OperationTypes

NO_EVENTS = {
    "get_rates": "reads from the carrier",
    "merge_labels": "reads stored labels",
    "test_carrier_account": "reads from the carrier",
    "refresh_tracking": "schedules a request to the carrier, whose answer has events",
    "receive_carrier_webhook": "schedules requests to the carrier, whose answers have events",
    "create_bulk_action": "the calls that it makes have events",
    "stop_bulk_action": "changes no operation",
    "replay_webhook_events": "sends events again",
}
"""The calls without events, and why."""

ORDER = {
    "external_id": "X-1", "total": "9.90", "customer": {"name": "Ada", "email": "ada@example.com"}, "ship_to": SHIP_TO,
    "line_items": [{"id": "1", "sku": "A", "name": "Mug", "quantity": 1, "price": "9.90"}],
}  # fmt: skip
ACCOUNT = {"carrier": "fedex", "name": "A", "mode": "test"}
ENDPOINTS = "/api/webhook-endpoints"
ENDPOINT = {"url": "https://hooks.example.com/", "event_types": ["operation.*"]}
BRIDGE = {"channel": "shopify", "name": "A", "mode": "test"}
ANN = {"email": "ann@example.com", "role": "viewer", "name": "Ann"}


@dataclass(frozen=True)
class Case:
    """A call, the row that it needs (without `insert`, a webhook endpoint), and the types of its events."""

    method: str
    path: str
    types: tuple[str, ...]
    body: Json | None = None
    insert: Callable[[Rows], UUID] | None = None


CASES: dict[str, Case] = {
    "upsert_order": Case("POST", "/api/orders", ("order.created",), ORDER),
    "update_order": Case(
        "PATCH", "/api/orders/{}", ("order.status_changed",), {"status": "on_hold", "ship_to": SHIP_TO},
        Rows.insert_order,
    ),
    "create_carrier_account": Case("POST", "/api/carrier-accounts", ("carrier_account.created",), ACCOUNT),
    "update_carrier_account": Case(
        "PATCH", "/api/carrier-accounts/{}", ("carrier_account.paused", "carrier_account.changed"),
        {"name": "B", "status": "paused"}, Rows.insert_account,
    ),
    "delete_carrier_account": Case(
        "DELETE", "/api/carrier-accounts/{}", ("carrier_account.deleted",), None, Rows.insert_account
    ),
    "pause_carrier_account": Case(
        "POST", "/api/carrier-accounts/{}/pause", ("carrier_account.paused",), {"reason": "r"}, Rows.insert_account
    ),
    "resume_carrier_account": Case(
        "POST", "/api/carrier-accounts/{}/resume", ("carrier_account.resumed",), {"reason": "r"},
        lambda rows: rows.insert_account(status="auth_failed"),
    ),
    "create_bridge": Case("POST", "/api/bridges", ("bridge.created",), BRIDGE),
    "update_bridge": Case(
        "PATCH", "/api/bridges/{}", ("bridge.changed",), {"settings": {"can_cancel": False}}, Rows.insert_bridge
    ),
    "delete_bridge": Case("DELETE", "/api/bridges/{}", ("bridge.deleted",), None, Rows.insert_bridge),
    "pause_bridge": Case("POST", "/api/bridges/{}/pause", ("bridge.paused",), {"reason": "r"}, Rows.insert_bridge),
    "resume_bridge": Case(
        "POST", "/api/bridges/{}/resume", ("bridge.resumed",), {"reason": "r"},
        lambda rows: rows.insert_bridge(status="auth_failed"),
    ),
    "update_organization": Case(
        "PATCH", "/api/organization", ("organization.changed",), {"settings": {"duplicate_guard_seconds": 60}}
    ),
    "create_webhook_endpoint": Case("POST", ENDPOINTS, ("webhook_endpoint.created",), ENDPOINT),
    "update_webhook_endpoint": Case(
        "PATCH", f"{ENDPOINTS}/{{}}", ("webhook_endpoint.disabled",), {"enabled": False},
    ),
    "delete_webhook_endpoint": Case(
        "DELETE", f"{ENDPOINTS}/{{}}", ("webhook_endpoint.deleted",), None,
    ),
    "rotate_webhook_secret": Case(
        "POST", f"{ENDPOINTS}/{{}}/rotate-secret", ("webhook_endpoint.secret_rotated",), None,
    ),
    "send_test_event": Case(
        "POST", f"{ENDPOINTS}/{{}}/test", ("webhook_endpoint.test",), None,
    ),
    "add_user": Case("POST", "/api/users", ("user.created",), ANN),
    "update_user": Case("PATCH", "/api/users/{}", ("user.changed",), {"role": "viewer"}, Rows.insert_user),
    "remove_user": Case("DELETE", "/api/users/{}", ("user.removed",), None, Rows.insert_user),
    "create_api_key": Case("POST", "/api/api-keys", ("api_key.created",), {"name": "A", "scopes": ["orders:read"]}),
    "revoke_api_key": Case(
        "DELETE", "/api/api-keys/{}", ("api_key.revoked",), None,
        lambda rows: rows.insert_with_id("api_keys", name="B", prefix="p", scopes=[], secret_hash=b"h"),
    ),
}  # fmt: skip
"""By operationId."""


CREATIONS = {"create_operation", "create_operations"}
STATUS = {"type": "update_order_status", "input": {"status": "shipped"}}


def insert_failed(rows: Rows) -> UUID:
    """Insert a failed operation that may be retried."""
    return rows.insert_operation("failed", error={"code": "unreachable", "retryable": True, "rolled_back": True})


OPERATIONS: dict[str, Case] = {
    "execute_operation": Case(
        "POST", "/api/operations/{}/execute", ("operation.executing",), None, Rows.insert_operation
    ),
    "cancel_operation": Case(
        "POST", "/api/operations/{}/cancel", ("operation.cancelled",), None, Rows.insert_operation
    ),
    "undo_operation": Case("POST", "/api/operations/{}/undo", ("operation.undo_started",), None, Rows.insert_purchase),
    "retry_operation": Case("POST", "/api/operations/{}/retry", ("operation.retry_started",), None, insert_failed),
    "resolve_operation": Case(
        "POST", "/api/operations/{}/resolve", ("effect.settled", "operation.resumed"), HAPPENED, insert_unknown
    ),
    "execute_operations": Case(
        "POST", "/api/operations/execute", ("operation.executing",), {"filter": {}, "expected_count": 1}
    ),
    "erase_order": Case("POST", "/api/orders/{}/erase", ("order.erased",), {"reason": "asked"}, Rows.insert_order),
}
"""By operationId: calls on operations, and one that removes personal data."""


@pytest.mark.parametrize("batch", [False, True])
async def test_creating_operations_writes_their_events(client: ApiClient, rows: Rows, *, batch: bool) -> None:
    """One event for each operation, with the request id of the call."""
    body = {**STATUS, "order_id": str(rows.insert_order())}
    path, sent = ("/api/operations/batch", {"operations": [body, body]}) if batch else ("/api/operations", body)
    response = await client.call("POST", path, sent, X_Request_Id="creation")
    assert response.is_success, response.text
    created = [event["type"] for event in rows.select("events", request_id="creation")]
    assert created == ["operation.created"] * (2 if batch else 1)


def test_every_call_that_changes_something_is_tested() -> None:
    document = describe(ROUTERS, OperationTypes(BUILT_IN))
    changing = {
        found["operationId"]
        for operations in document["paths"].values()
        for method, found in operations.items()
        if method != "get"
    }
    assert changing == CASES.keys() | OPERATIONS.keys() | NO_EVENTS.keys() | CREATIONS


@pytest.mark.parametrize("case", [*CASES.values(), *OPERATIONS.values()], ids=[*CASES, *OPERATIONS])
async def test_a_call_writes_its_events(client: ApiClient, rows: Rows, case: Case) -> None:
    """No more and no less, each with the key and the request id of the call."""
    rows.insert_user(Role.ADMIN)
    if case.path == "/api/operations/execute":
        rows.insert_operation()
    path = case.path
    if "{}" in path:
        ident = case.insert(rows) if case.insert else (await client.data("POST", ENDPOINTS, ENDPOINT))["id"]
        path = path.format(ident)
    request_id = f"call-{uuid4()}"
    response = await client.call(case.method, path, case.body, X_Request_Id=request_id, Prefer="wait=0")
    assert response.is_success, response.text
    assert response.headers["X-Request-Id"] == request_id
    events = rows.select("events", request_id=request_id)
    assert [event["type"] for event in sorted(events, key=lambda event: int(event["ordinal"]))] == [*case.types]
    key_id = rows.value("select id from api_keys where name = 'test' and organization_id = %s", rows.organization_id)
    assert {event["actor"] for event in events} == {f"key:{key_id}"}


async def test_a_refused_call_writes_no_event(client: ApiClient, rows: Rows) -> None:
    before = rows.value("select count(*) from events")
    await client.call("POST", "/api/orders", {**ORDER, "bridge_id": str(uuid4())})
    await client.call("DELETE", f"/api/bridges/{uuid4()}")
    assert rows.value("select count(*) from events") == before


MARK = "Zyxwvut"
SECRET = {"client_id": MARK, "client_secret": MARK, "account_number": "740561073"}


def mark(address: Json) -> Json:
    """Mark the personal parts of an address."""
    return {**address, "name": f"{MARK} Lovelace", "company": MARK, "street1": f"1 {MARK} St", "street2": MARK}


async def test_no_event_has_personal_data_or_secrets(client: ApiClient, rows: Rows) -> None:
    """Neither in its data nor in its changes, also after each field has changed."""
    person = {"name": MARK, "email": f"{MARK}@example.com"}
    items = [{"id": "1", "sku": "A", "name": MARK, "quantity": 1, "price": "9.90"}]
    order = {**ORDER, "customer": person, "ship_to": mark(SHIP_TO), "line_items": items, "metadata": {"who": MARK}}
    connection = {"name": MARK, "credentials": SECRET, "settings": {"ship_from": mark(SHIP_FROM)}}
    endpoint = {**ENDPOINT, "url": f"https://hooks.example.com/{MARK}", "description": MARK}
    await client.data("POST", "/api/users", {"email": "admin@example.com", "role": "admin", "name": MARK})
    for path, first, body in (
        ("/api/orders", ORDER, order),
        ("/api/carrier-accounts", ACCOUNT, connection),
        ("/api/bridges", BRIDGE, {"name": MARK, "credentials": {"access_token": MARK}}),
        ("/api/users", ANN, {"name": MARK}),
        (ENDPOINTS, ENDPOINT, endpoint),
    ):
        ident = (await client.data("POST", path, first))["id"]
        await client.data("PATCH", f"{path}/{ident}", {name: body[name] for name in body.keys() - {"external_id"}})
    await client.data("POST", "/api/orders", {**order, "external_id": "X-2"})
    await client.data("POST", "/api/carrier-accounts", {**ACCOUNT, **connection})
    purchase = build_purchase(rows.insert_order(ship_to=mark(SHIP_TO)), ship_from=mark(SHIP_FROM), parcels=[PARCEL])
    operation = await client.data("POST", "/api/operations", {**purchase, "metadata": {"who": MARK}})
    account = rows.insert_account()
    await client.data("POST", f"/api/carrier-accounts/{account}/pause", {"reason": MARK})
    await client.data("POST", f"/api/operations/{operation['id']}/cancel")

    shown = rows.connection.execute(
        "select type, data::text || coalesce(changes::text, '') from events where organization_id = %s",
        [rows.organization_id],
    ).fetchall()
    assert len(shown) > 15
    assert [(kind, text) for kind, text in shown if MARK.lower() in text.lower()] == []


LISTS = {
    "order": "/api/orders", "shipment": "/api/shipments", "carrier_account": "/api/carrier-accounts",
    "bridge": "/api/bridges", "api_key": "/api/api-keys", "user": "/api/users",
    "webhook_endpoint": ENDPOINTS,
}  # fmt: skip


@pytest.mark.parametrize("subject", [*LISTS, "organization"])
async def test_an_event_has_the_form_of_the_list(client: ApiClient, rows: Rows, subject: str) -> None:
    """Each field of a list is in the event's data with the same value, or known as personal, secret or bookkeeping."""
    shipment = rows.insert_shipment(cost="12.5", status="refund_pending", refund="pending")
    for insert in (Rows.insert_bridge, Rows.insert_user, Rows.insert_order):
        insert(rows)
    await client.data("POST", ENDPOINTS, ENDPOINT)
    rows.update("orders", rows.insert_order(), status="on_hold")
    rows.update("shipments", shipment, tracking_status="in_transit", void_until="2026-12-01T00:00:00Z")
    shown = await client.data("GET", LISTS.get(subject, "/api/organization"))
    for resource in shown if isinstance(shown, list) else [shown]:
        *_, event = sorted(rows.select("events", subject_id=resource["id"]), key=lambda event: int(event["ordinal"]))
        assert event["subject_type"] == subject
        hidden, omitted = set(HIDDEN_FIELDS[subject]), set(OMITTED_FIELDS.get(subject, ()))
        assert event["data"].keys() == set(DATA_FIELDS[subject])
        assert resource.keys() | hidden == set(DATA_FIELDS[subject]) | hidden | omitted
        for name, value in event["data"].items():
            assert is_part(value, resource[name]), (name, value, resource[name])


def is_part(value: Any, whole: Any) -> bool:
    """Return True if a value is equal to another, or an object with some of its fields."""
    if isinstance(value, dict) and isinstance(whole, dict):
        return all(is_part(item, whole[name]) for name, item in value.items())
    return bool(value == whole)
