"""Every refusal of the contract, each with its envelope, its stable code and its request id."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.api import LABEL, Api, data, paths, refused
from tests.fixtures.stack import wait_until

SOME = "550e8400-e29b-41d4-a716-446655440000"

OPERATIONS = "/api/operations"
ENDPOINTS = [
    ("GET", "/api/operations", "operations:read"),
    ("GET", f"/api/operations/{SOME}", "operations:read"),
    ("GET", f"/api/operations/{SOME}/undo", "operations:read"),
    ("GET", "/api/operations/types", "operations:read"),
    ("GET", "/api/operations/types/create_shipment", "operations:read"),
    ("POST", "/api/operations", "operations:write"),
    ("POST", "/api/operations/batch", "operations:write"),
    ("POST", "/api/operations/execute", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/execute", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/cancel", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/undo", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/retry", "operations:execute"),
    ("POST", f"/api/operations/{SOME}/resolve", "operations:execute"),
    ("GET", "/api/orders", "orders:read"),
    ("GET", f"/api/orders/{SOME}", "orders:read"),
    ("POST", "/api/orders", "orders:write"),
    ("PATCH", f"/api/orders/{SOME}", "orders:write"),
    ("GET", "/api/shipments", "shipments:read"),
    ("GET", f"/api/shipments/{SOME}", "shipments:read"),
    ("GET", f"/api/shipments/{SOME}/label", "shipments:read"),
    ("GET", f"/api/shipments/{SOME}/tracking", "shipments:read"),
    ("POST", f"/api/shipments/{SOME}/tracking", "shipments:read"),
    ("POST", "/api/rates", "shipments:read"),
    ("GET", "/api/carrier-accounts", "carrier-accounts:read"),
    ("GET", f"/api/carrier-accounts/{SOME}", "carrier-accounts:read"),
    ("POST", "/api/carrier-accounts", "carrier-accounts:write"),
    ("PATCH", f"/api/carrier-accounts/{SOME}", "carrier-accounts:write"),
    ("DELETE", f"/api/carrier-accounts/{SOME}", "carrier-accounts:write"),
    ("POST", f"/api/carrier-accounts/{SOME}/pause", "carrier-accounts:write"),
    ("POST", f"/api/carrier-accounts/{SOME}/resume", "carrier-accounts:write"),
    ("GET", "/api/bridges", "bridges:read"),
    ("GET", f"/api/bridges/{SOME}", "bridges:read"),
    ("POST", "/api/bridges", "bridges:write"),
    ("PATCH", f"/api/bridges/{SOME}", "bridges:write"),
    ("DELETE", f"/api/bridges/{SOME}", "bridges:write"),
    ("POST", f"/api/bridges/{SOME}/pause", "bridges:write"),
    ("POST", f"/api/bridges/{SOME}/resume", "bridges:write"),
    ("GET", "/api/organization", "organization:manage"),
    ("PATCH", "/api/organization", "organization:manage"),
    ("GET", "/api/api-keys", "api-keys:manage"),
    ("POST", "/api/api-keys", "api-keys:manage"),
    ("DELETE", f"/api/api-keys/{SOME}", "api-keys:manage"),
]  # fmt: skip
WITH_ID = [(method, path) for method, path, _ in ENDPOINTS if SOME in path]
BODIES: dict[str, Any] = {
    "pause": {"reason": "r"},
    "resume": {"reason": "r"},
    "resolve": {"outcome": "happened", "reason": "seen"},
}


def send(api: Api, method: str, path: str, key: str | None = None) -> httpx.Response:
    """Make the call with a body where it needs one, so that only what is tested is wrong."""
    body = BODIES.get(path.rsplit("/", 1)[1], {}) if method in ("POST", "PATCH") else None
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return api.http.request(method, path, json=body, headers=headers)


def test_every_endpoint_of_the_document_is_tried_here(api: Api) -> None:
    """So that a new one can't be forgotten below."""
    document = api.http.get("/openapi.json").json()
    told = {
        (method.upper(), path.split("{")[0], operation["security"][0]["apiKey"][0])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security")
    }
    here = {(method, path.split(SOME)[0].replace("create_shipment", ""), scope) for method, path, scope in ENDPOINTS}
    assert here == told


# 400 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "101"), ("limit", "-1"), ("limit", "abc"), ("limit", "1.0"), ("limit", "1e1"),
        ("limit", ""), ("limit", " 5"), ("limit", "+5"), ("limit", "1_0"), ("limit", "٣"), ("limit", "0x10"),
        ("limit", "9" * 400), ("page", "0"), ("page", "-1"), ("page", "abc"), ("page", "9" * 400),
        ("status", "done"), ("status", "COMPLETED"), ("status", ""), ("status", "completed,failed"),
        ("sort", "input"), ("sort", "-created_at"), ("sort", "created_at;drop table operations"), ("sort", "id"),
        ("order", "up"), ("order", "DESC"), ("order_id", "1"), ("order_id", "not-a-uuid"), ("order_id", SOME + "0"),
        ("order_id", "' or 1=1 --"), ("attention", "maybe"), ("type", ""), ("type", "a\x00b"), ("type", "x" * 201),
        ("colour", "red"), ("Limit", "5"), ("limit[]", "5"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(api: Api, name: str, value: str) -> None:
    """400, never clamped, never ignored; and never an echo of the value."""
    error = refused(api.http.get(OPERATIONS, params={name: value}), 400, "invalid_request")
    assert error["details"]["parameter"] == name
    assert [parameter["parameter"] for parameter in error["details"]["parameters"]] == [name]


def test_every_bad_parameter_is_named(api: Api) -> None:
    """Not only the first."""
    answer = api.http.get(OPERATIONS, params={"limit": "0", "page": "0", "status": "x", "sort": "y", "order": "z"})
    named = {parameter["parameter"] for parameter in refused(answer, 400, "invalid_request")["details"]["parameters"]}
    assert named == {"limit", "page", "status", "sort", "order"}


def test_a_repeated_parameter_is_refused(api: Api) -> None:
    """Nobody has to guess which of the two counts."""
    error = refused(api.http.get(OPERATIONS + "?limit=5&limit=6"), 400, "invalid_request")
    assert error["details"]["parameter"] == "limit"


@pytest.mark.parametrize(
    "path", ["/api/orders", "/api/shipments", "/api/carrier-accounts", "/api/bridges", "/api/api-keys"]
)
@pytest.mark.parametrize(("name", "value"), [("limit", "101"), ("page", "0"), ("sort", "secret"), ("order", "x")])
def test_other_lists_refuse_the_same(api: Api, path: str, name: str, value: str) -> None:
    error = refused(api.http.get(path, params={name: value}), 400, "invalid_request")
    assert error["details"]["parameter"] == name


# 401 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "_scope"), ENDPOINTS)
def test_no_key_is_refused_everywhere(api: Api, method: str, path: str, _scope: str) -> None:
    answer = httpx.request(method, api.url + path)
    refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def bad_headers(key: str) -> Iterator[bytes]:
    yield from (
        b"", b"Bearer", b"Bearer garbage", b"Bearer ord_sk_", b"Bearer ord_sk_" + b"A" * 43,
        b"Bearer ord_sk_" + b"A" * 20_000, b"Bearer ord_sk_\xff\xfe", b"Bearer ' or 1=1 --",
        f"Bearer {key[:-1]}".encode(), f"Bearer {key}A".encode(), f"Bearer {key.upper()}".encode(),
        f"Basic {key}".encode(), key.encode(), f"Bearer {key} {key}".encode(), f"Bearer {key},{key}".encode(),
        f"Bearer\t{key}".encode(),
    )  # fmt: skip


def test_what_is_no_key_is_refused(api: Api) -> None:
    """None, garbage, truncated, lengthened, doubled: all 401, and none of them repeated in the answer."""
    for header in bad_headers(api.key):
        answer = httpx.get(api.url + OPERATIONS, headers=[(b"Authorization", header)])
        refused(answer, 401, "unauthorized")
        assert api.key[:20] not in answer.text


def test_a_key_in_the_query_or_a_cookie_is_none(api: Api) -> None:
    refused(httpx.get(f"{api.url}{OPERATIONS}?api_key={api.key}"), 401, "unauthorized")
    refused(httpx.get(api.url + OPERATIONS, headers={"Cookie": f"Authorization=Bearer {api.key}"}), 401, "unauthorized")


def test_a_revoked_key_is_refused_at_once(api: Api) -> None:
    made = api.key_with("operations:read")
    with httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {made['secret']}"}) as client:
        assert client.get(OPERATIONS).status_code == 200
        data(api.http.delete(f"/api/api-keys/{made['id']}"))
        refused(client.get(OPERATIONS), 401, "key_revoked")


def test_an_expired_key_is_refused(api: Api) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    made = api.key_with("operations:read", expires_at=soon.isoformat().replace("+00:00", "Z"))
    assert send(api, "GET", OPERATIONS, made["secret"]).status_code == 200
    wait_until(lambda: send(api, "GET", OPERATIONS, made["secret"]).status_code == 401, 5)
    assert datetime.now(UTC) >= soon
    refused(send(api, "GET", OPERATIONS, made["secret"]), 401, "key_expired")


# 403 -------------------------------------------------------------------------------------------------------------


def test_a_missing_scope_is_named(api: Api) -> None:
    """For each endpoint: a key with every scope but that one is refused, and a key with it alone is let through."""
    scopes = sorted({scope for _, _, scope in ENDPOINTS})
    without = {scope: api.key_with(*(other for other in scopes if other != scope))["secret"] for scope in scopes}
    alone = {scope: api.key_with(scope)["secret"] for scope in scopes}
    for method, path, scope in ENDPOINTS:
        error = refused(send(api, method, path, without[scope]), 403, "insufficient_scope")
        assert error["details"]["scope"] == scope
        assert scope in error["message"]
        assert send(api, method, path, alone[scope]).status_code not in (401, 403)


def test_a_key_cannot_give_what_it_lacks(api: Api) -> None:
    """A key that manages keys makes none that may do more than itself."""
    manager = api.key_with("api-keys:manage", "operations:read")["secret"]
    given = {"name": "more", "scopes": ["operations:read", "operations:execute"]}
    answer = api.http.post("/api/api-keys", json=given, headers={"Authorization": f"Bearer {manager}"})
    assert refused(answer, 403, "insufficient_scope")["details"]["scope"] == "operations:execute"


# 404, 405 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ident", [SOME, "1", "not-a-uuid", SOME.replace("-", ""), "%00", "%F0%9F%92%A9", "x" * 2000])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_what_is_not_there_is_not_found(api: Api, method: str, path: str, ident: str) -> None:
    """404 with the resource's own code, for an unknown id and for what can't be one."""
    sent = path.replace(SOME, ident)
    body: Any = BODIES.get(path.rsplit("/", 1)[1], {}) if method == "POST" else {"status": "pending"}
    if "orders" not in path and method == "PATCH":
        body = {"name": "new"}
    answer = api.http.request(method, sent, json=body if method in ("POST", "PATCH") else None)
    resource = path.split("/")[2]
    code = {"carrier-accounts": "carrier_account_not_found", "api-keys": "api_key_not_found"}.get(
        resource, f"{resource.removesuffix('s')}_not_found"
    )
    error = refused(answer, 404, code)
    assert len(error["message"]) < 300


def test_an_unknown_operation_type_page_is_not_found(api: Api) -> None:
    refused(api.http.get("/api/operations/types/buy_the_moon"), 404, "operation_type_not_found")


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/api/operations/", "/API/OPERATIONS", "/docs/../x"])
def test_an_unknown_path_is_not_found(api: Api, path: str) -> None:
    refused(api.http.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", OPERATIONS, {"GET", "POST"}),
        ("DELETE", OPERATIONS, {"GET", "POST"}),
        ("DELETE", f"{OPERATIONS}/{SOME}", {"GET"}),
        ("GET", f"{OPERATIONS}/{SOME}/execute", {"POST"}),
        ("PUT", f"{OPERATIONS}/{SOME}/undo", {"GET", "POST"}),
        ("POST", "/api/shipments", {"GET"}),
        ("POST", "/api/operations/types", {"GET"}),
        ("PATCH", OPERATIONS, {"GET", "POST"}),
    ],
)
def test_another_method_is_refused_with_those_allowed(api: Api, method: str, path: str, allowed: set[str]) -> None:
    answer = api.http.request(method, path)
    refused(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == allowed


# 409 -------------------------------------------------------------------------------------------------------------


def test_only_a_pending_operation_is_executed_or_cancelled(api: Api) -> None:
    """409 with the status it has, for each of the other five."""
    cancelled = api.status_change()
    data(api.http.post(f"{OPERATIONS}/{cancelled['id']}/cancel"))
    completed = api.done(api.status_change())
    undone = api.done(api.status_change())
    data(api.http.post(f"{OPERATIONS}/{undone['id']}/undo"))
    account = api.account(read_timeout_seconds=1)
    api.sandbox.script("labels.create", "reject")
    failed = api.done(api.label(carrier_account_id=account["id"]), "failed")
    api.sandbox.script("labels.create", "slow:2")
    executing = api.label()
    assert api.http.post(f"{OPERATIONS}/{executing['id']}/execute").status_code == 202
    ended = {"cancelled": cancelled, "completed": completed, "undone": undone, "failed": failed, "executing": executing}
    for status, operation in ended.items():
        for call in ("execute", "cancel"):
            error = refused(api.http.post(f"{OPERATIONS}/{operation['id']}/{call}"), 409, "operation_not_pending")
            assert error["details"]["status"] == status
    api.until(executing["id"], lambda operation: operation["status"] == "completed")


def test_only_a_failed_operation_is_retried(api: Api) -> None:
    error = refused(api.http.post(f"{OPERATIONS}/{api.label()['id']}/retry"), 409, "operation_not_failed")
    assert error["details"]["status"] == "pending"


def test_nothing_is_resolved_that_needs_no_person(api: Api) -> None:
    body = {"outcome": "happened", "reason": "I saw it"}
    answer = api.http.post(f"{OPERATIONS}/{api.label()['id']}/resolve", json=body)
    assert refused(answer, 409, "nothing_to_resolve")["details"]["status"] == "pending"


# 422 of undo -----------------------------------------------------------------------------------------------------


def undo_refused(api: Api, operation: dict[str, Any], reason: str, **body: Any) -> dict[str, Any]:
    error = refused(api.http.post(f"{OPERATIONS}/{operation['id']}/undo", json=body), 422, "undo_not_available")
    assert error["details"]["reason"] == reason
    return error


def test_undo_of_what_is_not_completed(api: Api) -> None:
    """Pending, cancelled, failed."""
    operation = api.label()
    assert undo_refused(api, operation, "not_completed")["details"]["status"] == "pending"
    data(api.http.post(f"{OPERATIONS}/{operation['id']}/cancel"))
    assert undo_refused(api, operation, "not_completed")["details"]["status"] == "cancelled"
    api.sandbox.script("labels.create", "reject")
    assert undo_refused(api, api.done(api.label(), "failed"), "not_completed")["details"]["status"] == "failed"


def test_undo_of_a_type_that_has_none(api: Api) -> None:
    """A void stays a void; a push to a channel that can't cancel stays too."""
    bought = api.done(api.label())["output"]
    void = api.done(api.create("void_shipment", None, shipment_id=bought["shipment_id"]))
    undo_refused(api, void, "type_not_undoable")
    bridge = api.bridge(can_cancel=False)
    push = api.create("push_fulfillment", api.order()["id"], bridge_id=bridge["id"], tracking_number="1", carrier="ups")
    undo_refused(api, api.done(push), "type_not_undoable")


def test_undo_after_the_window(api: Api) -> None:
    """The carrier says too late: 422, and the operation stays completed."""
    operation = api.done(api.label())
    api.sandbox.script("labels.void", "too_late")
    error = undo_refused(api, operation, "window_closed")
    assert error["details"]["status"] == "completed"
    assert "was asked" in error["message"], "the window is open by our own clock"
    assert api.get(operation["id"])["status"] == "completed"


def test_a_forced_undo_needs_a_reason(api: Api) -> None:
    """The reason is logged. A status that the order was given since stays all the same."""
    order = api.order()
    operation = api.done(api.status_change(order["id"], "on_hold"))
    data(api.http.patch(f"/api/orders/{order['id']}", json={"status": "delivered"}))
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/undo", json={"force": True})
    refused(answer, 422, "invalid_input")
    forced = {"force": True, "reason": "the courier was wrong"}
    assert data(api.http.post(f"{OPERATIONS}/{operation['id']}/undo", json=forced))["status"] == "undone"
    assert data(api.http.get(f"/api/orders/{order['id']}"))["status"] == "delivered"
    assert "the courier was wrong" in str(api.get(operation["id"])["logs"])


def test_undo_twice(api: Api) -> None:
    operation = api.done(api.label())
    assert data(api.http.post(f"{OPERATIONS}/{operation['id']}/undo"))["status"] == "undone"
    assert undo_refused(api, operation, "already_undone")["details"]["status"] == "undone"


def test_undo_while_it_is_in_progress(api: Api) -> None:
    operation = api.done(api.label())
    api.sandbox.script("labels.void", "slow:2")
    begun = api.http.post(f"{OPERATIONS}/{operation['id']}/undo", headers={"Prefer": "wait=0"})
    assert begun.status_code == 202
    undo_refused(api, operation, "in_progress")
    api.until(operation["id"], lambda operation: operation["status"] == "undone")


# 422 of create ---------------------------------------------------------------------------------------------------


def test_an_unknown_type_is_refused_with_those_known(api: Api) -> None:
    answer = api.http.post(OPERATIONS, json={"type": "buy_the_moon", "input": {}})
    known = refused(answer, 422, "unknown_operation_type")["details"]["known"]
    assert known == sorted(
        ["create_shipment", "push_fulfillment", "update_order_status", "fulfill_order", "void_shipment"]
    )


def test_an_unknown_order_is_not_found(api: Api) -> None:
    body = {"type": "create_shipment", "order_id": str(uuid4()), "input": {"carrier": "fedex", "service": "GROUND"}}
    refused(api.http.post(OPERATIONS, json=body), 404, "order_not_found")


GOOD: dict[str, Any] = {"carrier": "fedex", "service": "GROUND"}
BAD_PARCEL = {"weight": "-1", "weight_unit": "stone", "lenght": 3}


@pytest.mark.parametrize(
    ("kind", "given", "bad"),
    [
        ("create_shipment", {}, ["input.service"]),
        ("create_shipment", {"service": "GROUND"}, ["input"]),
        ("create_shipment", {**GOOD, "extra": 1}, ["input.extra"]),
        ("create_shipment", {**GOOD, "service": ""}, ["input.service"]),
        ("create_shipment", {**GOOD, "service": "TELEPORT"}, ["input.service"]),
        ("create_shipment", {**GOOD, "carrier": "dhl"}, ["input.carrier"]),
        ("create_shipment", {**GOOD, "carrier": 7, "service": []}, ["input.carrier", "input.service"]),
        ("create_shipment", {"carrier_account_id": "x", "service": "GROUND"}, ["input.carrier_account_id"]),
        ("create_shipment", {"carrier_account_id": SOME, "service": "GROUND"}, ["input.carrier_account_id"]),
        (
            "create_shipment",
            {**GOOD, "parcels": [{"weight": "1", "weight_unit": "lb"}, BAD_PARCEL]},
            ["input.parcels.1.lenght", "input.parcels.1.weight", "input.parcels.1.weight_unit"],
        ),
        ("create_shipment", {**GOOD, "parcels": []}, ["input.parcels"]),
        ("create_shipment", {**GOOD, "label_format": "GIF"}, ["input.label_format"]),
        (
            "create_shipment",
            {**GOOD, "ship_from": {"name": "x"}},
            ["input.ship_from.city", "input.ship_from.country", "input.ship_from.postal_code",
             "input.ship_from.street1"],
        ),
        ("update_order_status", {"status": "lost"}, ["input.status"]),
        ("update_order_status", {}, ["input.status"]),
        ("push_fulfillment", {"bridge_id": SOME}, ["input"]),
        ("push_fulfillment", {"bridge_id": SOME, "tracking_number": "1", "carrier": "ups"}, ["input.bridge_id"]),
        ("void_shipment", {"shipment_id": SOME}, ["input.shipment_id"]),
        ("fulfill_order", {**GOOD, "bridge_id": SOME}, ["input.bridge_id"]),
    ],
)  # fmt: skip
def test_every_bad_field_is_named(api: Api, kind: str, given: dict[str, Any], bad: list[str]) -> None:
    """By its path from the body's root."""
    answer = api.http.post(OPERATIONS, json={"type": kind, "order_id": api.info["demo"]["order_id"], "input": given})
    assert paths(refused(answer, 422, "invalid_input")) == bad


def test_an_order_without_an_address_is_refused(api: Api) -> None:
    """And no operation is recorded."""
    order = api.order(ship_to=None)
    answer = api.http.post(OPERATIONS, json={"type": "create_shipment", "order_id": order["id"], "input": GOOD})
    assert paths(refused(answer, 422, "invalid_input")) == ["order_id"]
    assert api.http.get(OPERATIONS, params={"order_id": order["id"]}).json()["pagination"]["total"] == 0


def test_an_operation_that_needs_an_order_is_refused_without(api: Api) -> None:
    for kind in ("create_shipment", "update_order_status"):
        given = GOOD if kind == "create_shipment" else {"status": "shipped"}
        answer = api.http.post(OPERATIONS, json={"type": kind, "input": given})
        assert paths(refused(answer, 422, "invalid_input")) == ["order_id"]


def test_an_account_is_refused_if_its_credentials_were(api: Api) -> None:
    """A paused one is not: what is executed with it waits."""
    account = api.account()
    api.sandbox.script("labels.create", *["auth_failed"] * 2)
    api.done(api.label(carrier_account_id=account["id"]), "failed")
    given = {"carrier_account_id": account["id"], "service": LABEL["service"]}
    body = {"type": "create_shipment", "order_id": api.info["demo"]["order_id"], "input": given}
    assert paths(refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")) == ["input.carrier_account_id"]


def test_the_line_items_of_a_push_are_those_of_the_order(api: Api) -> None:
    order, bridge = api.order(), api.bridge()
    items = [{"id": "1", "quantity": 1}, {"sku": "NOPE", "quantity": 1}]
    given = {"bridge_id": bridge["id"], "tracking_number": "1", "carrier": "ups", "line_items": items}
    body = {"type": "push_fulfillment", "order_id": order["id"], "input": given}
    assert paths(refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")) == ["input.line_items.1.sku"]
    items[1] = {"id": "1", "quantity": 4}
    assert paths(refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")) == ["input.line_items.1.quantity"]


@pytest.mark.alone
def test_refusals_are_quick(api: Api) -> None:
    """A refusal costs no more than an answer."""
    begun = time.monotonic()
    for _ in range(20):
        refused(api.http.get(OPERATIONS, params={"limit": 0}), 400, "invalid_request")
    assert time.monotonic() - begun < 2
