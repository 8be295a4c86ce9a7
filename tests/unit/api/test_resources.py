"""Orders, shipments, carrier accounts and bridges."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from api.http.base_url import OutgoingRules
from tests.unit.api.world import ACCOUNT, ADDRESS, World

ORDER = {
    "external_id": "1001",
    "order_number": "#1001",
    "currency": "EUR",
    "total": "49.90",
    "customer": {"name": "Ada", "email": "ada@example.com"},
    "ship_to": ADDRESS,
    "line_items": [{"sku": "MUG", "quantity": 2, "price": "24.95"}, {"id": "b", "quantity": 1}],
}
BRIDGE = {"channel": "sandbox", "name": "Shop", "settings": {"base_url": "http://127.0.0.1:8090"}}
COLLECTIONS = ["orders", "shipments", "carrier-accounts", "bridges", "api-keys", "operations"]


async def test_an_order_is_created_once_and_then_updated(world: World) -> None:
    created = await world.call("POST", "/api/orders", ORDER)
    await world.call("PATCH", f"/api/orders/{created.json()['data']['id']}", {"status": "shipped"})
    updated = await world.call("POST", "/api/orders", {"external_id": "1001", "total": "5"})

    assert (created.status_code, updated.status_code) == (201, 200)
    before, after = created.json()["data"], updated.json()["data"]
    assert [item["id"] for item in before["line_items"]] == ["1", "b"]
    assert after == {**before, "status": "shipped", "total": "5", "updated_at": after["updated_at"]}


FEDEX = {"client_id": "l7x", "client_secret": "s3cret", "account_number": "740561073"}
USPS = {
    "client_id": "u",
    "client_secret": "s3cret",
    "crid": "39384021",
    "mid": "902994482",
    "account_number": "1000405",
}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"external_id": ""}, ["external_id"]),
        ({"external_id": "a\nb"}, ["external_id"]),
        ({"total": 49.9}, ["total"]),
        ({"total": "-1"}, ["total"]),
        ({"currency": "eur"}, ["currency"]),
        ({"status": "lost"}, ["status"]),
        ({"ship_to": {**ADDRESS, "country": "USA"}}, ["ship_to", "country"]),
        ({"line_items": [{"sku": "a", "quantity": 0}]}, ["line_items", 0, "quantity"]),
        ({"line_items": [{"sku": "a", "quantity": True}]}, ["line_items", 0, "quantity"]),
        ({"bridge_id": str(uuid4())}, ["bridge_id"]),
        ({"colour": "red"}, ["colour"]),
    ],
)
async def test_a_bad_order_is_named_by_its_field(world: World, changes: dict[str, Any], path: list[str]) -> None:
    answer = await world.call("POST", "/api/orders", {**ORDER, **changes})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
    assert answer.json()["error"]["details"]["fields"][0]["path"] == path


async def test_orders_are_found_by_their_external_id(world: World) -> None:
    order = world.order(external_id="a")
    world.order(external_id="b")

    assert [one["id"] for one in await world.data("GET", "/api/orders?external_id=a")] == [str(order.id)]
    assert (await world.data("GET", f"/api/orders/{order.id}"))["total"] == "10.00"


@pytest.mark.parametrize(("label_format", "media_type"), [("PDF", "application/pdf"), ("ZPL", "application/zpl")])
async def test_a_label_is_the_carriers_document(world: World, label_format: str, media_type: str) -> None:
    made = world.shipment(label_format=label_format)
    world.rows.labels[made.id] = (b"%PDF-1.7", label_format)

    answer = await world.call("GET", f"/api/shipments/{made.id}/label")

    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert answer.headers["content-type"] == media_type


async def test_a_shipment_without_a_document_is_told_apart(world: World) -> None:
    made = world.shipment()

    bare = await world.call("GET", f"/api/shipments/{made.id}/label")
    missing = await world.call("GET", f"/api/shipments/{uuid4()}/label")

    assert bare.json()["error"]["code"] == "label_not_found"
    assert missing.json()["error"]["code"] == "shipment_not_found"
    assert (await world.data("GET", f"/api/shipments/{made.id}"))["void_until"].endswith("Z")
    assert len(await world.data("GET", "/api/shipments?tracking_number=794644790132")) == 1


async def test_credentials_are_never_shown(world: World) -> None:
    made = await world.call("POST", "/api/carrier-accounts", ACCOUNT)
    ident = made.json()["data"]["id"]
    changed = await world.call(
        "PATCH", f"/api/carrier-accounts/{ident}", {"credentials": {"token": "also-hush"}, "name": "New"}
    )

    assert made.status_code == 201
    assert made.json()["data"]["credentials"] == {"api_key": "********"}
    assert changed.json()["data"]["credentials"] == {"token": "********"}
    assert changed.json()["data"]["name"] == "New"
    assert "hush" not in made.text + changed.text


@pytest.mark.parametrize("kind", ["carrier-accounts", "bridges"])
@pytest.mark.parametrize("url", ["https://elsewhere.example", "http://127.0.0.1:8090/", None])
async def test_stored_credentials_go_to_no_other_address(world: World, kind: str, url: str | None) -> None:
    """Who may change where a vendor is could read them there; so could whoever answers where none is said."""
    given: Any = ACCOUNT if kind == "carrier-accounts" else BRIDGE
    settings = {**given["settings"], "base_url": "http://127.0.0.1:8090"}
    made = await world.data("POST", f"/api/{kind}", {**given, "settings": settings, "credentials": {"api_key": "hush"}})
    path, moved = f"/api/{kind}/{made['id']}", {"settings": {"base_url": url}}

    refused = await world.call("PATCH", path, moved)
    unchanged = await world.data("GET", path)
    same = await world.data("PATCH", path, {"settings": {"base_url": settings["base_url"], "read_timeout_seconds": 7}})
    anew = await world.data("PATCH", path, {**moved, "credentials": {"api_key": "theirs"}})
    without = await world.data("PATCH", path, {"settings": {"base_url": settings["base_url"]}, "credentials": {}})
    free = await world.data("PATCH", path, moved)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_input")
    assert [one["path"] for one in refused.json()["error"]["details"]["fields"]] == [["credentials"]]
    assert unchanged == made
    assert same["settings"]["read_timeout_seconds"] == 7
    assert anew["settings"].get("base_url") == free["settings"].get("base_url") == url
    assert without["credentials"] == {}


async def test_settings_are_merged_and_checked_again(world: World) -> None:
    path = f"/api/carrier-accounts/{(await world.data('POST', '/api/carrier-accounts', ACCOUNT))['id']}"

    changed = await world.data("PATCH", path, {"settings": {"label_format": "ZPL", "ship_from": None}})
    refused = await world.call("PATCH", path, {"settings": {"base_url": "http://10.0.0.1"}})
    unknown = await world.call("PATCH", path, {"settings": {"colour": "red"}})

    assert changed["settings"]["label_format"] == "ZPL"
    assert "ship_from" not in changed["settings"]
    assert changed["settings"]["default_parcel"] == {"weight": "2.5", "weight_unit": "lb"}
    assert refused.json()["error"]["details"]["fields"][0]["path"] == ["settings", "base_url"]
    assert unknown.json()["error"]["details"]["fields"][0]["path"] == ["settings", "colour"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"carrier": "dhl"}, ["carrier"]),
        ({"mode": "sandbox"}, ["mode"]),
        ({"mode": "live", "carrier": "ups"}, ["credentials", "client_id"]),
        (
            {"mode": "live", "carrier": "ups", "credentials": {**FEDEX, "account_number": "A1B2C"}},
            ["credentials", "account_number"],
        ),
        ({"mode": "live"}, ["credentials", "client_id"]),
        ({"mode": "live", "credentials": {**FEDEX, "account_number": "12"}}, ["credentials", "account_number"]),
        ({"mode": "live", "credentials": {**FEDEX, "meter": "1"}}, ["credentials", "meter"]),
        ({"mode": "live", "carrier": "usps", "credentials": {**USPS, "mid": "12"}}, ["credentials", "mid"]),
        ({"mode": "live", "carrier": "usps", "credentials": {**USPS, "crid": "x"}}, ["credentials", "crid"]),
        (
            {"mode": "live", "credentials": FEDEX, "settings": {"safety_class": "keyed"}},
            ["settings", "safety_class"],
        ),
        (
            {"mode": "live", "credentials": FEDEX, "settings": {"options": {"pickup_type": "BY_DRONE"}}},
            ["settings", "options", "pickup_type"],
        ),
        ({"settings": {"options": {"pickup_type": "USE_SCHEDULED_PICKUP"}}}, ["settings", "options", "pickup_type"]),
        ({"is_default": "yes"}, ["is_default"]),
        ({"settings": {"base_url": 7}}, ["settings", "base_url"]),
        ({"settings": None}, ["settings"]),
        ({"settings": {"base_url": "http://example.com"}}, ["settings", "base_url"]),
        (
            {"settings": {"base_url": "http://127.0.0.1", "read_timeout_seconds": 0}},
            ["settings", "read_timeout_seconds"],
        ),
        ({"settings": {"base_url": "http://127.0.0.1", "safety_class": "prayer"}}, ["settings", "safety_class"]),
        ({"credentials": {"api_key": 7}}, ["credentials", "api_key"]),
    ],
)
async def test_a_bad_account_is_named_by_its_field(world: World, changes: dict[str, Any], path: list[str]) -> None:
    answer = await world.call("POST", "/api/carrier-accounts", {**ACCOUNT, **changes})

    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"][0]["path"] == path


async def test_a_paused_account_is_used_again_once_it_is_active(world: World) -> None:
    account = await world.data("POST", "/api/carrier-accounts", ACCOUNT)
    path = f"/api/carrier-accounts/{account['id']}"
    stored = world.rows.accounts[next(iter(world.rows.accounts))]
    world.rows.accounts[stored.id] = replace(stored, status_reason="the carrier refused the key")

    changed = await world.data("PATCH", path, {"status": "active"})

    assert changed["status_reason"] is None
    assert (await world.call("PATCH", path, {"status": "auth_failed"})).status_code == 422


async def test_an_account_in_use_is_not_deleted(world: World) -> None:
    account = await world.data("POST", "/api/carrier-accounts", ACCOUNT)
    path = f"/api/carrier-accounts/{account['id']}"
    made = world.shipment(carrier_account_id=next(iter(world.rows.accounts)))

    used = await world.call("DELETE", path)
    world.rows.shipments.pop(made.id)
    deleted = await world.call("DELETE", path)
    gone = await world.call("DELETE", path)

    assert (used.status_code, used.json()["error"]["code"]) == (409, "carrier_account_in_use")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert gone.json()["error"]["code"] == "carrier_account_not_found"


async def test_the_mode_is_fixed(world: World) -> None:
    """Even the one that it has can't be sent: a client learns at once that it can't be changed."""
    for path, body in (("/api/carrier-accounts", ACCOUNT), ("/api/bridges", BRIDGE)):
        made = await world.data("POST", path, body)
        answer = await world.call("PATCH", f"{path}/{made['id']}", {"mode": made["mode"]})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "invalid_input")
        assert [field["path"] for field in error["details"]["fields"]] == [["mode"]]


async def test_a_bridge_is_kept_like_an_account(world: World) -> None:
    made = await world.data("POST", "/api/bridges", BRIDGE)
    path = f"/api/bridges/{made['id']}"
    changed = await world.data("PATCH", path, {"settings": {"can_cancel": False, "answer_after_seconds": 5}})

    assert made["settings"]["can_cancel"] is True
    assert (changed["settings"]["can_cancel"], changed["settings"]["answer_after_seconds"]) == (False, 5.0)
    assert (await world.data("GET", path))["id"] == made["id"]
    assert (await world.call("DELETE", path)).status_code == 204
    assert (await world.call("GET", path)).json()["error"]["code"] == "bridge_not_found"


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_every_list_has_exact_pages(world: World, name: str) -> None:
    page = (await world.call("GET", f"/api/{name}?page=7&limit=3")).json()["pagination"]

    assert (page["page"], page["limit"], page["hasMore"]) == (7, 3, False)
    assert (await world.call("GET", f"/api/{name}?limit=1000")).status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "ftp://example.com",
        "https://user:pass@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[fd00::1]",
        "https://[::ffff:10.0.0.1]",
        "https://0x0a000001",
        "https://167772161",
        "https://10.1",
        "https://metadata.internal",
        "https://intranet",
        "https://exa mple.com",
        "https://example.com:0",
        "https://example.com:99999",
        "https://",
        "//example.com",
        "http://0.0.0.0",
    ],
)
def test_a_base_url_may_not_lead_inside(url: str) -> None:
    assert OutgoingRules(allow_loopback=True).problem(url) is not None


def test_loopback_is_for_where_it_is_allowed() -> None:
    assert OutgoingRules().problem("https://api.carrier.example") is None
    for url in ("http://127.0.0.1:8090/x", "http://localhost:8090", "http://[::1]:8090"):
        assert OutgoingRules(allow_loopback=True).problem(url) is None
        assert OutgoingRules().problem(url) is not None
