"""One line in the log for each HTTP request."""

import logging
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from api.http.auth import Scope
from tests.fixtures.builders import build_order
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows

FIELDS = ("method", "route", "status", "request_id", "actor", "organization_id", "operation_id")


@pytest.fixture(autouse=True)
def _level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "orderly.requests")


def read_line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Return the fields of the only line of a request, and forget it."""
    (record,) = [record for record in caplog.records if record.name == "orderly.requests"]
    caplog.clear()
    assert record.getMessage() == "request"
    assert 0 <= record.__dict__["duration_ms"] < 60_000
    return {name: record.__dict__[name] for name in FIELDS}


async def test_a_request_is_logged_with_its_operation(
    client: ApiClient, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    """Created, or named in the path."""
    body = {"type": "update_order_status", "order_id": str(rows.insert_order()), "input": {"status": "processing"}}
    created = await client.data("POST", "/api/operations", body, X_Request_Id="req-1")
    line = read_line(caplog)
    await client.data("POST", f"/api/operations/{created['id']}/cancel")
    cancelled = read_line(caplog)

    assert line == {
        "method": "POST",
        "route": "/api/operations",
        "status": 201,
        "request_id": "req-1",
        "actor": line["actor"],
        "organization_id": str(client.organization_id),
        "operation_id": created["id"],
    }
    assert line["actor"].startswith("key:")
    assert (cancelled["route"], cancelled["operation_id"]) == ("/api/operations/{operation_id}/cancel", created["id"])


async def test_refused_requests_are_logged(client: ApiClient, rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    """With the organization if the key is known."""
    unknown = replace(client, secret="ord_sk_" + "x" * 43)
    limited = replace(client, secret=rows.insert_key(Scope.ORDERS_READ))
    calls = [
        (client, "GET", f"/api/operations/{uuid4()}", 404),
        (client, "GET", "/api/orders?limit=0", 400),
        (client, "GET", "/nothing/here", 404),
        (limited, "GET", "/api/operations", 403),
        (unknown, "GET", "/api/operations", 401),
    ]
    for caller, method, path, status in calls:
        await caller.call(method, path)
        line = read_line(caplog)
        assert line["status"] == status
        assert line["organization_id"] == (
            str(client.organization_id) if caller is not unknown and "api" in path else None
        )


async def test_the_log_has_no_personal_data_and_no_secret(client: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    """Neither of the path, nor of the query, the headers or the body."""
    order = build_order(metadata={"note": "metadata-text"}, customer={"name": "Customer-Name"})
    await client.call("POST", "/api/orders", order)
    for path in ("/api/orders/Path-Text", "/Path-Text", "/api/orders?q=Query-Text&metadata[note]=metadata-text"):
        await client.call("GET", path)
    text = str([record.__dict__ for record in caplog.records])

    assert len(caplog.records) == 4
    for private in (client.secret, "Customer-Name", "metadata-text", "Path-Text", "Query-Text"):
        assert private not in text


async def test_probes_are_logged_at_debug_level(client: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    await client.call("GET", "/healthz")
    assert not caplog.records
    caplog.set_level(logging.DEBUG, "orderly.requests")
    await client.call("GET", "/healthz")
    assert read_line(caplog)["route"] == "/healthz"
