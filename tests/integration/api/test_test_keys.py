"""A test key reaches only accounts and bridges with mode `test`."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.http.auth import Scope
from tests.fixtures.builders import build_account, build_account_settings, build_bridge, build_order
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows

OPERATIONS = "/api/operations"
ACCOUNTS = "/api/carrier-accounts"


@pytest.fixture
async def key(client: ApiClient) -> dict[str, Any]:
    """A test key with every scope."""
    body = {"name": "tests", "scopes": list(Scope), "mode": "test"}
    found: dict[str, Any] = await client.data("POST", "/api/api-keys", body)
    return found


@pytest.fixture
def tester(client: ApiClient, key: dict[str, Any]) -> ApiClient:
    """A client with the test key."""
    return ApiClient(client.service, client.organization_id, key["secret"])


def insert_live(rows: Rows, **columns: Any) -> UUID:
    return rows.insert_account(mode="live", settings=build_account_settings(), **columns)


def purchase(order_id: object, **inputs: Any) -> dict[str, Any]:
    return {"type": "create_shipment", "order_id": str(order_id), "input": {"service": "GROUND", **inputs}}


def assert_refused(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["error"]["code"]) == (403, "live_mode_refused"), response.text


def test_a_test_key_is_recognizable(key: dict[str, Any]) -> None:
    assert key["secret"].startswith("ord_sk_test_")
    assert key["prefix"] == key["secret"][: len("ord_sk_test_") + 6]
    assert key["mode"] == "test"


async def test_it_creates_only_test_keys(tester: ApiClient) -> None:
    body = {"name": "more", "scopes": ["orders:read"]}

    assert_refused(await tester.call("POST", "/api/api-keys", body))
    assert (await tester.data("POST", "/api/api-keys", {**body, "mode": "test"}))["mode"] == "test"


async def test_it_buys_with_a_test_account_and_not_with_a_live_one(tester: ApiClient, rows: Rows) -> None:
    live, order = insert_live(rows, is_default=True), rows.insert_order()
    test = await tester.data("POST", ACCOUNTS, build_account(is_default=False))

    for account in ({"carrier_account_id": str(live)}, {"carrier": "fedex"}):
        body = purchase(order, **account)
        assert_refused(await tester.call("POST", OPERATIONS, body))
        assert_refused(await tester.call("POST", f"{OPERATIONS}/batch", {"operations": [body]}))
    assert_refused(await tester.call("POST", "/api/rates", {"order_id": str(order), "carrier_account_id": str(live)}))
    created = await tester.call("POST", OPERATIONS, purchase(order, carrier_account_id=test["id"]))
    assert created.status_code == 201, created.text


async def test_it_pushes_to_no_live_bridge(tester: ApiClient, rows: Rows) -> None:
    order = rows.insert_order(bridge_id=rows.insert_bridge(mode="live"))
    push = {"tracking_number": "1", "carrier": "fedex"}

    body = {"type": "push_fulfillment", "order_id": str(order), "input": push}
    assert_refused(await tester.call("POST", OPERATIONS, body))


@pytest.mark.parametrize("call", ["execute", "retry", "undo", "resolve"])
async def test_it_runs_no_operation_of_a_live_account(tester: ApiClient, rows: Rows, call: str) -> None:
    plan = {"carrier_account_id": str(insert_live(rows))}
    operation = rows.insert_operation(type="create_shipment", plan=plan)
    body = {"outcome": "happened", "reason": "seen"} if call == "resolve" else None

    assert_refused(await tester.call("POST", f"{OPERATIONS}/{operation}/{call}", body))
    assert_refused(await tester.call("POST", f"{OPERATIONS}/execute", {"ids": [str(operation)]}))
    assert rows.select("runs") == []


async def test_it_executes_an_operation_of_a_test_account(tester: ApiClient, rows: Rows) -> None:
    operation = rows.insert_operation(type="create_shipment", plan={"carrier_account_id": str(rows.insert_account())})

    assert (await tester.call("POST", f"{OPERATIONS}/{operation}/execute")).status_code == 202


async def test_it_selects_no_operations_in_bulk(tester: ApiClient) -> None:
    assert_refused(await tester.call("POST", f"{OPERATIONS}/execute", {"filter": {}, "dry_run": True}))
    assert_refused(await tester.call("POST", "/api/bulk-actions", {"action": "undo", "ids": [str(uuid4())]}))


async def test_it_changes_only_test_accounts_and_bridges(tester: ApiClient, rows: Rows) -> None:
    reason = {"reason": "test"}
    for path, ident in ((ACCOUNTS, insert_live(rows)), ("/api/bridges", rows.insert_bridge(mode="live"))):
        assert_refused(await tester.call("PATCH", f"{path}/{ident}", {"name": "mine"}))
        assert_refused(await tester.call("POST", f"{path}/{ident}/pause", reason))
        assert_refused(await tester.call("POST", f"{path}/{ident}/resume", reason))
        assert_refused(await tester.call("DELETE", f"{path}/{ident}"))
    assert_refused(await tester.call("POST", ACCOUNTS, build_account(mode="live")))
    assert_refused(await tester.call("POST", "/api/bridges", build_bridge(mode="live")))
    bridge = await tester.data("POST", "/api/bridges", build_bridge())
    assert (await tester.call("DELETE", f"/api/bridges/{bridge['id']}")).status_code == 204


async def test_it_asks_no_live_account_for_tracking(tester: ApiClient, rows: Rows) -> None:
    shipment = rows.insert_shipment(carrier_account_id=insert_live(rows))

    assert_refused(await tester.call("POST", f"/api/shipments/{shipment}/tracking"))


async def test_a_live_key_uses_accounts_of_both_modes(client: ApiClient, rows: Rows) -> None:
    order = await client.data("POST", "/api/orders", build_order())

    for account in (insert_live(rows), rows.insert_account(settings=build_account_settings())):
        created = await client.call("POST", OPERATIONS, purchase(order["id"], carrier_account_id=str(account)))
        assert created.status_code == 201, created.text
