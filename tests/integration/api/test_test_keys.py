"""A test key uses and changes only accounts, bridges, orders and keys with mode `test`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.app import ROUTERS
from api.http.auth import Scope
from api.openapi.document import describe
from tests.fixtures.builders import SHIP_TO, Json, build_account, build_account_settings, build_bridge, build_order
from tests.fixtures.in_process_api import ApiClient, Temporal, refused_paths
from tests.fixtures.rows import Rows
from workflows.registry import BUILT_IN, OperationTypes

OPERATIONS = "/api/operations"
ACCOUNTS = "/api/carrier-accounts"
BRIDGES = "/api/bridges"
ORDERS = "/api/orders"
REASON = {"reason": "test"}
STATUS = {"type": "update_order_status", "input": {"status": "shipped"}}

NO_KEY = {"receive_carrier_webhook"}

ONLY_LIVE = {
    "update_organization", "add_user", "update_user", "remove_user", "create_webhook_endpoint",
    "update_webhook_endpoint", "delete_webhook_endpoint", "rotate_webhook_secret", "send_test_event",
    "replay_webhook_events", "create_bulk_action", "stop_bulk_action",
}  # fmt: skip
"""The calls that refuse test keys always, by operationId."""
READS = {"merge_labels"}
"""The calls with a body that only read."""


@dataclass(frozen=True)
class Case:
    """A call on something live: `insert` inserts it, and its id replaces `{}` in the path and `ID` in the body."""

    method: str
    path: str
    insert: Callable[[Rows], UUID]
    body: Any = None


ID = "(id)"


def insert_account(rows: Rows) -> UUID:
    return rows.insert_account(mode="live", settings=build_account_settings(), is_default=True)


def insert_bridge(rows: Rows) -> UUID:
    return rows.insert_bridge(mode="live")


def insert_operation(rows: Rows) -> UUID:
    """Insert an operation that names a live account and no order."""
    return rows.insert_operation(type="create_shipment", plan={"carrier_account_id": str(insert_account(rows))})


def insert_operation_of_order(rows: Rows) -> UUID:
    return rows.insert_operation(order_id=rows.insert_order())


def insert_operation_of_shipment(rows: Rows) -> UUID:
    """Insert a void of a label that a test account bought for a live order."""
    shipment = rows.insert_shipment(order_id=rows.insert_order())
    account = rows.value("select carrier_account_id from shipments where id = %s", shipment)
    plan = {"shipment_id": str(shipment), "carrier_account_id": str(account)}
    return rows.insert_operation(type="void_shipment", plan=plan)


def insert_shipment(rows: Rows) -> UUID:
    return rows.insert_shipment(carrier_account_id=insert_account(rows))


def insert_key(rows: Rows) -> UUID:
    return rows.insert_with_id("api_keys", name="B", prefix="ord_sk_abcdef", scopes=[], secret_hash=uuid4().bytes)


def insert_account_and_order(rows: Rows) -> UUID:
    """Insert a live account, and a test order with the same id."""
    return rows.insert_order(id=insert_account(rows), mode="test")


PURCHASE = {"type": "create_shipment", "order_id": ID, "input": {"carrier_account_id": ID, "service": "GROUND"}}
OF_ORDER = {**STATUS, "order_id": ID}

CASES: dict[str, tuple[Case, ...]] = {
    "upsert_order": (
        Case("POST", ORDERS, lambda rows: rows.insert_order(external_id="1001"), build_order()),
        Case("POST", ORDERS, insert_bridge, build_order(bridge_id=ID)),
    ),
    "update_order": (
        Case("PATCH", f"{ORDERS}/{{}}", Rows.insert_order, {"status": "cancelled"}),
    ),
    "erase_order": (Case("POST", f"{ORDERS}/{{}}/erase", Rows.insert_order, REASON),),
    "create_operation": (
        Case("POST", OPERATIONS, Rows.insert_order, OF_ORDER),
        Case("POST", OPERATIONS, Rows.insert_order, {**OF_ORDER, "execute": True}),
        Case("POST", OPERATIONS, insert_account_and_order, PURCHASE),
    ),
    "create_operations": (
        Case("POST", f"{OPERATIONS}/batch", Rows.insert_order, {"operations": [OF_ORDER]}),
        Case("POST", f"{OPERATIONS}/batch", insert_account_and_order, {"operations": [PURCHASE]}),
    ),
    "execute_operations": (
        Case("POST", f"{OPERATIONS}/execute", insert_operation, {"ids": [ID]}),
        Case("POST", f"{OPERATIONS}/execute", insert_operation, {"filter": {}, "dry_run": True}),
    ),
    **{
        f"{verb}_operation": tuple(
            Case("POST", f"{OPERATIONS}/{{}}/{verb}", insert, body)
            for insert in (insert_operation, insert_operation_of_order, insert_operation_of_shipment)
        )
        for verb, body in (
            ("execute", None), ("cancel", None), ("retry", None), ("undo", None),
            ("resolve", {"outcome": "happened", "reason": "seen"}),
        )
    },
    "create_carrier_account": (
        Case("POST", ACCOUNTS, insert_account, build_account(mode="live")),
    ),
    "update_carrier_account": (
        Case("PATCH", f"{ACCOUNTS}/{{}}", insert_account, {"name": "mine"}),
    ),
    "pause_carrier_account": (Case("POST", f"{ACCOUNTS}/{{}}/pause", insert_account, REASON),),
    "resume_carrier_account": (Case("POST", f"{ACCOUNTS}/{{}}/resume", insert_account, REASON),),
    "test_carrier_account": (Case("POST", f"{ACCOUNTS}/{{}}/test", insert_account),),
    "delete_carrier_account": (Case("DELETE", f"{ACCOUNTS}/{{}}", insert_account),),
    "create_bridge": (Case("POST", BRIDGES, insert_bridge, build_bridge(mode="live")),),
    "update_bridge": (Case("PATCH", f"{BRIDGES}/{{}}", insert_bridge, {"name": "mine"}),),
    "pause_bridge": (Case("POST", f"{BRIDGES}/{{}}/pause", insert_bridge, REASON),),
    "resume_bridge": (Case("POST", f"{BRIDGES}/{{}}/resume", insert_bridge, REASON),),
    "delete_bridge": (Case("DELETE", f"{BRIDGES}/{{}}", insert_bridge),),
    "get_rates": (Case("POST", "/api/rates", insert_account, {"carrier_account_id": ID, "ship_to": SHIP_TO}),),
    "refresh_tracking": (Case("POST", "/api/shipments/{}/tracking", insert_shipment),),
    "create_api_key": (Case("POST", "/api/api-keys", insert_key, {"name": "more", "scopes": ["orders:read"]}),),
    "revoke_api_key": (Case("DELETE", "/api/api-keys/{}", insert_key),),
}  # fmt: skip
"""The calls that check the mode of each resource that they use or change, by operationId."""

DOCUMENT = describe(ROUTERS, OperationTypes(BUILT_IN))


@pytest.fixture
async def key(client: ApiClient) -> Json:
    """A test key with every scope."""
    body = {"name": "tests", "scopes": list(Scope), "mode": "test"}
    found: Json = await client.data("POST", "/api/api-keys", body)
    return found


@pytest.fixture
def tester(client: ApiClient, key: Json) -> ApiClient:
    """A client with the test key."""
    return ApiClient(client.service, client.organization_id, key["secret"])


def fill(part: Any, ident: UUID) -> Any:
    """Replace `ID` everywhere in a body."""
    if isinstance(part, dict):
        return {name: fill(value, ident) for name, value in part.items()}
    if isinstance(part, list):
        return [fill(value, ident) for value in part]
    return str(ident) if part == ID else part


def assert_refused(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["error"]["code"]) == (403, "live_mode_refused"), response.text


def read_state(rows: Rows) -> list[Any]:
    """Return everything that a call could change."""
    tables = ("orders", "operations", "runs", "carrier_accounts", "bridges", "shipments", "api_keys", "events")
    return [rows.select(table) for table in tables]


def test_each_call_is_classified() -> None:
    """A test key may read. Each other call refuses test keys, or checks the mode of its resources."""
    changing = {
        found["operationId"]: found
        for operations in DOCUMENT["paths"].values()
        for method, found in operations.items()
        if method != "get"
    }
    assert changing.keys() == CASES.keys() | ONLY_LIVE | NO_KEY | READS
    for name in READS:
        assert "live_mode_refused" not in str(changing[name]["responses"]), name
    for name in CASES.keys() | ONLY_LIVE:
        assert "live_mode_refused" in str(changing[name]["responses"]["403"]), name
        assert ("Only live keys" in changing[name]["description"]) == (name in ONLY_LIVE), name


@pytest.mark.parametrize("name", sorted(ONLY_LIVE))
async def test_a_call_refuses_test_keys(tester: ApiClient, name: str) -> None:
    [(method, path)] = [
        (method, path)
        for path, operations in DOCUMENT["paths"].items()
        for method, found in operations.items()
        if found["operationId"] == name
    ]
    parts = [str(uuid4()) if part.startswith("{") else part for part in path.split("/")]

    assert_refused(await tester.call(method.upper(), "/".join(parts)))


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases], ids=lambda part: str(part)[:40]
)
async def test_a_test_key_changes_nothing_live(tester: ApiClient, rows: Rows, name: str, case: Case) -> None:
    ident = case.insert(rows)
    before = read_state(rows)

    response = await tester.call(case.method, case.path.format(ident), fill(case.body, ident))

    assert_refused(response)
    assert read_state(rows) == before, name


def test_a_test_key_is_recognizable(key: Json) -> None:
    assert key["secret"].startswith("ord_sk_test_")
    assert key["prefix"] == key["secret"][: len("ord_sk_test_") + 6]
    assert key["mode"] == "test"


async def test_it_creates_and_revokes_test_keys(tester: ApiClient) -> None:
    made = await tester.data("POST", "/api/api-keys", {"name": "more", "scopes": ["orders:read"], "mode": "test"})

    assert made["mode"] == "test"
    assert (await tester.data("DELETE", f"/api/api-keys/{made['id']}"))["revoked_at"] is not None


async def test_it_works_with_orders_accounts_and_bridges_of_mode_test(tester: ApiClient) -> None:
    account = await tester.data("POST", ACCOUNTS, build_account(is_default=False))
    bridge = await tester.data("POST", BRIDGES, build_bridge())
    for place in ({}, {"bridge_id": bridge["id"]}):
        order = await tester.data("POST", ORDERS, build_order(**place))
        assert order["mode"] == "test"
        bought = {"carrier_account_id": account["id"], "service": "GROUND"}
        body = {"type": "create_shipment", "order_id": order["id"], "input": bought, "execute": True}
        assert (await tester.call("POST", OPERATIONS, body, Prefer="wait=0")).status_code == 201
        made = await tester.data("POST", OPERATIONS, {**STATUS, "order_id": order["id"]})
        await tester.data("POST", f"{OPERATIONS}/{made['id']}/cancel")
        await tester.data("PATCH", f"{ORDERS}/{order['id']}", {"status": "on_hold"})
    unused = await tester.data("POST", BRIDGES, build_bridge())
    assert (await tester.call("DELETE", f"{BRIDGES}/{unused['id']}")).status_code == 204


async def test_it_erases_a_test_order(tester: ApiClient) -> None:
    order = await tester.data("POST", ORDERS, build_order())

    assert (await tester.data("POST", f"{ORDERS}/{order['id']}/erase", REASON))["erased_at"] is not None


async def test_it_executes_an_operation_of_a_test_account(tester: ApiClient, rows: Rows) -> None:
    operation = rows.insert_operation(type="create_shipment", plan={"carrier_account_id": str(rows.insert_account())})

    assert (await tester.call("POST", f"{OPERATIONS}/{operation}/execute")).status_code == 202


@pytest.mark.parametrize("columns", [{"type": "no_longer_installed"}, {}])
async def test_it_executes_nothing_of_unknown_mode(tester: ApiClient, rows: Rows, columns: Json) -> None:
    """The type is not installed, or the operation names neither an order nor an account or bridge."""
    assert_refused(await tester.call("POST", f"{OPERATIONS}/{rows.insert_operation(**columns)}/execute"))


async def test_it_reads_live_resources(tester: ApiClient, rows: Rows) -> None:
    order = rows.insert_order()

    assert (await tester.data("GET", f"{ORDERS}/{order}"))["mode"] == "live"


async def test_a_live_key_uses_accounts_of_both_modes(client: ApiClient, rows: Rows) -> None:
    order = await client.data("POST", ORDERS, build_order())

    assert order["mode"] == "live"
    for account in (insert_account(rows), rows.insert_account(settings=build_account_settings())):
        bought = {"carrier_account_id": str(account), "service": "GROUND"}
        body = {"type": "create_shipment", "order_id": order["id"], "input": bought}
        created = await client.call("POST", OPERATIONS, body)
        assert created.status_code == 201, created.text


async def test_a_test_order_uses_no_live_account(client: ApiClient, tester: ApiClient, rows: Rows) -> None:
    """Otherwise a test key could change an order of live work. A live key makes the order live by sending it."""
    order = await tester.data("POST", ORDERS, build_order())
    bought = {"carrier_account_id": str(insert_account(rows)), "service": "GROUND"}
    body = {"type": "create_shipment", "order_id": order["id"], "input": bought}

    response = await client.call("POST", OPERATIONS, body)
    assert refused_paths(response) == ["order_id"]
    assert "the order has mode test" in response.text
    batch = await client.call("POST", f"{OPERATIONS}/batch", {"operations": [body]})
    assert refused_paths(batch) == ["operations.0.order_id"]

    assert (await client.data("POST", ORDERS, build_order()))["mode"] == "live"
    assert (await client.call("POST", OPERATIONS, body)).status_code == 201
    assert_refused(await tester.call("PATCH", f"{ORDERS}/{order['id']}", {"status": "on_hold"}))


async def test_a_test_key_chooses_the_default_among_test_accounts(tester: ApiClient, rows: Rows) -> None:
    """The live default stays."""
    live = insert_account(rows)
    first, second = [await tester.data("POST", ACCOUNTS, build_account(is_default=False)) for _ in range(2)]
    assert (first["is_default"], second["is_default"]) == (True, False)

    await tester.data("PATCH", f"{ACCOUNTS}/{second['id']}", {"is_default": True})

    defaults = {account["id"] for account in await tester.data("GET", ACCOUNTS) if account["is_default"]}
    assert defaults == {str(live), second["id"]}


async def test_an_account_chosen_by_its_carrier_has_the_mode_of_the_work(
    client: ApiClient, tester: ApiClient, rows: Rows
) -> None:
    """Test keys and test orders get the test default, and live orders the live one."""
    live = insert_account(rows)
    test = await tester.data("POST", ACCOUNTS, build_account(is_default=False))
    orders = [
        await each.data("POST", ORDERS, build_order(external_id=name)) for each, name in ((tester, "t"), (client, "l"))
    ]

    bought = {"carrier": "fedex", "service": "GROUND"}
    chosen = []
    for each, order in ((tester, orders[0]), (client, orders[0]), (client, orders[1])):
        body = {"type": "create_shipment", "order_id": order["id"], "input": {**bought, "allow_duplicate": True}}
        operation = await each.data("POST", OPERATIONS, body)
        chosen.append(str(rows.select_one("operations", id=operation["id"])["carrier_account_id"]))
    assert chosen == [test["id"], test["id"], str(live)]


async def test_live_calls_do_not_replay_answers_of_test_calls(client: ApiClient, tester: ApiClient) -> None:
    test, live, again = [
        await each.call("POST", ORDERS, build_order(), Idempotency_Key="a") for each in (tester, client, tester)
    ]

    assert (test.status_code, live.status_code) == (201, 200)
    assert "idempotent-replayed" not in live.headers
    assert live.json()["data"]["mode"] == "live"
    assert (again.headers["idempotent-replayed"], again.content) == ("true", test.content)


async def test_a_waiting_call_of_a_test_key_is_replayed_with_its_result(
    tester: ApiClient, rows: Rows, temporal: Temporal
) -> None:
    operation = rows.insert_operation(order_id=rows.insert_order(mode="test"))
    temporal.workflow = tester.finish_run
    path = f"{OPERATIONS}/{operation}/execute"

    first, again = [await tester.call("POST", path, Prefer="wait=5", Idempotency_Key="a") for _ in range(2)]

    assert first.json()["data"]["status"] == "completed"
    assert (again.headers["idempotent-replayed"], again.content) == ("true", first.content)


@pytest.mark.parametrize("bridged", [False, True])
async def test_a_test_order_with_operations_never_becomes_live(
    client: ApiClient, tester: ApiClient, rows: Rows, *, bridged: bool
) -> None:
    """Simulated labels and pushes would count as live ones. A live bridge may have an order with the same id."""
    order = await tester.data("POST", ORDERS, build_order())
    rows.insert_operation("completed", order_id=order["id"])
    place = {"bridge_id": str(insert_bridge(rows))} if bridged else {}
    before = read_state(rows)

    for response in (
        await client.call("POST", ORDERS, build_order()),
        await client.call("PATCH", f"{ORDERS}/{order['id']}", {"status": "on_hold", **place}),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (409, "order_is_test")
        assert response.json()["error"]["details"] == {"external_id": order["external_id"]}
    assert read_state(rows) == before

    other = {"bridge_id": str(insert_bridge(rows))} if bridged else {"external_id": "other"}
    live = await client.data("POST", ORDERS, build_order(**other))
    assert live["mode"] == "live"
    assert live["id"] != order["id"]
    assert (await tester.data("PATCH", f"{ORDERS}/{order['id']}", {"status": "on_hold"}))["mode"] == "test"


async def test_an_order_has_the_mode_of_its_bridge_and_stays_live(client: ApiClient, rows: Rows) -> None:
    test, live = rows.insert_bridge(), insert_bridge(rows)

    of_test = await client.data("POST", ORDERS, build_order(bridge_id=str(test)))
    of_live = await client.data("POST", ORDERS, build_order(bridge_id=str(live)))
    assert (of_test["mode"], of_live["mode"]) == ("test", "live")
    assert (await client.data("PATCH", f"{ORDERS}/{of_test['id']}", {"status": "on_hold"}))["mode"] == "test"
    manual = await client.data("POST", ORDERS, build_order(external_id="2"))
    joined = await client.data("PATCH", f"{ORDERS}/{manual['id']}", {"bridge_id": str(test)})
    assert joined["mode"] == "live"
