"""Credentials, settings and mode of carrier accounts and bridges."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.profile import Profile
from tests.fixtures.builders import FEDEX_KEYS, SANDBOX_URL, SHIP_FROM, Json, build_bridge, build_own_account
from tests.fixtures.in_process_api import ApiClient, Service, refused_paths
from tests.fixtures.rows import Rows

ACCOUNTS, BRIDGES = "/api/carrier-accounts", "/api/bridges"
USPS = {
    "client_id": "u",
    "client_secret": "s3cret",
    "crid": "39384021",
    "mid": "902994482",
    "account_number": "1000405",
}


async def test_credentials_are_never_shown(client: ApiClient) -> None:
    made = await client.call("POST", ACCOUNTS, build_own_account())
    changes = {"credentials": {**FEDEX_KEYS, "client_id": "also-do-not-tell"}, "name": "New"}
    changed = await client.call("PATCH", f"{ACCOUNTS}/{made.json()['data']['id']}", changes)

    assert made.status_code == 201
    masked = dict.fromkeys(FEDEX_KEYS, "********")
    assert made.json()["data"]["credentials"] == changed.json()["data"]["credentials"] == masked
    assert changed.json()["data"]["name"] == "New"
    assert "do-not-tell" not in made.text + changed.text


@pytest.mark.parametrize("path", [ACCOUNTS, BRIDGES])
@pytest.mark.parametrize("url", ["https://elsewhere.example", f"{SANDBOX_URL}/", None])
async def test_stored_credentials_are_not_sent_to_another_address(
    client: ApiClient, path: str, url: str | None
) -> None:
    """A client could otherwise change the address and read the credentials there."""
    fields: Json = build_own_account() if path == ACCOUNTS else build_bridge()
    secrets = FEDEX_KEYS if path == ACCOUNTS else {"access_token": "hush"}
    settings = {**fields.get("settings", {}), "base_url": SANDBOX_URL}
    made = await client.data("POST", path, {**fields, "settings": settings, "credentials": secrets})
    own_path, moved = f"{path}/{made['id']}", {"settings": {"base_url": url}}

    refused = await client.call("PATCH", own_path, moved)
    unchanged = await client.data("GET", own_path)
    same_url = {"settings": {"base_url": SANDBOX_URL, "read_timeout_seconds": 7}}
    same = await client.data("PATCH", own_path, same_url)
    with_new = await client.data("PATCH", own_path, {**moved, "credentials": secrets})

    assert refused_paths(refused) == ["credentials"]
    assert unchanged == {**made, "logs": []}
    assert same["settings"]["read_timeout_seconds"] == 7
    assert with_new["settings"].get("base_url") == url


CASES = [(ACCOUNTS, "carrier", CARRIERS), (BRIDGES, "channel", CHANNELS)]


@pytest.mark.parametrize(("path", "field", "vendors"), CASES)
async def test_a_sandbox_account_needs_no_credentials(
    client: ApiClient, path: str, field: str, vendors: Mapping[str, Profile]
) -> None:
    """The body has a vendor and a name; only an account at another address needs credentials."""
    for vendor in vendors:
        made = await client.data("POST", path, {field: vendor, "name": "x", "mode": "test"})
        assert (made["mode"], made["credentials"]) == ("test", {})
        own_path = f"{path}/{made['id']}"
        await client.data("PATCH", own_path, {"settings": {"read_timeout_seconds": 7}})
        away = {"settings": {"base_url": "https://test.example"}}
        assert refused_paths(await client.call("PATCH", own_path, away))[0].startswith("credentials.")


async def test_without_a_sandbox_a_test_account_needs_an_address(client: ApiClient, service: Service) -> None:
    context = service.app.state.context
    service.app.state.context = replace(context, has_sandbox=False)
    try:
        response = await client.call("POST", BRIDGES, build_bridge())
        address = {"settings": {"base_url": "https://test.example"}, "credentials": {"access_token": "hush"}}
        made = await client.call("POST", BRIDGES, build_bridge(**address))
    finally:
        service.app.state.context = context
    assert refused_paths(response) == ["mode"]
    assert "ORDERLY_SANDBOX_URL" in response.text
    assert made.status_code == 201


async def test_changed_settings_are_merged_and_checked(client: ApiClient) -> None:
    settings = {"base_url": SANDBOX_URL, "ship_from": SHIP_FROM, "default_parcel": {"weight": 2.5, "weight_unit": "lb"}}
    made = await client.data("POST", ACCOUNTS, build_own_account(settings=settings))
    path = f"{ACCOUNTS}/{made['id']}"

    changed = await client.data("PATCH", path, {"settings": {"label_format": "ZPL", "ship_from": None}})
    private = await client.call("PATCH", path, {"settings": {"base_url": "http://10.0.0.1"}})
    unknown = await client.call("PATCH", path, {"settings": {"colour": "red"}})

    assert changed["settings"]["label_format"] == "ZPL"
    assert "ship_from" not in changed["settings"]
    assert changed["settings"]["default_parcel"] == {"weight": "2.5", "weight_unit": "lb"}
    assert refused_paths(private) == ["settings.base_url"]
    assert refused_paths(unknown) == ["settings.colour"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"carrier": "dhl"}, ["carrier"]),
        ({"mode": "sandbox"}, ["mode"]),
        ({"mode": "live", "carrier": "ups", "credentials": {}}, ["credentials", "client_id"]),
        ({"mode": "test", "settings": {}, "credentials": {"client_id": "x"}}, ["credentials", "client_secret"]),
        ({"credentials": {}}, ["credentials", "client_id"]),
        (
            {"mode": "live", "carrier": "ups", "credentials": {**FEDEX_KEYS, "account_number": "A1B2C"}},
            ["credentials", "account_number"],
        ),
        ({"mode": "live", "credentials": {}}, ["credentials", "client_id"]),
        (
            {"mode": "live", "credentials": {**FEDEX_KEYS, "account_number": "12"}},
            ["credentials", "account_number"],
        ),
        ({"mode": "live", "credentials": {**FEDEX_KEYS, "meter": "1"}}, ["credentials", "meter"]),
        ({"mode": "live", "carrier": "usps", "credentials": {**USPS, "mid": "12"}}, ["credentials", "mid"]),
        ({"mode": "live", "carrier": "usps", "credentials": {**USPS, "crid": "x"}}, ["credentials", "crid"]),
        (
            {"mode": "live", "credentials": FEDEX_KEYS, "settings": {"safety_class": "keyed"}},
            ["settings", "safety_class"],
        ),
        (
            {"mode": "live", "credentials": FEDEX_KEYS, "settings": {"options": {"pickup_type": "BY_DRONE"}}},
            ["settings", "options", "pickup_type"],
        ),
        ({"is_default": "yes"}, ["is_default"]),
        ({"settings": {"base_url": 7}}, ["settings", "base_url"]),
        ({"settings": None}, ["settings"]),
        ({"settings": {"base_url": "http://example.com"}}, ["settings", "base_url"]),
        (
            {"settings": {"base_url": "http://127.0.0.1", "read_timeout_seconds": 0}},
            ["settings", "read_timeout_seconds"],
        ),
        ({"credentials": {"api_key": 7}}, ["credentials", "api_key"]),
    ],
)
async def test_a_bad_account_is_rejected_with_its_fields_path(
    client: ApiClient, changes: dict[str, Any], path: list[str]
) -> None:
    response = await client.call("POST", ACCOUNTS, build_own_account(**changes))

    assert refused_paths(response)[0] == ".".join(path)


async def test_an_account_can_be_activated_again(client: ApiClient, rows: Rows) -> None:
    account = await client.data("POST", ACCOUNTS, build_own_account())
    path = f"{ACCOUNTS}/{account['id']}"
    rows.update(
        "carrier_accounts", UUID(account["id"]), status="auth_failed", status_reason="the carrier refused the key"
    )

    changed = await client.data("PATCH", path, {"status": "active"})

    assert changed["status_reason"] is None
    assert (await client.call("PATCH", path, {"status": "auth_failed"})).status_code == 422


async def test_an_account_in_use_is_not_deleted(client: ApiClient, rows: Rows) -> None:
    account = await client.data("POST", ACCOUNTS, build_own_account())
    path = f"{ACCOUNTS}/{account['id']}"
    shipment_id = rows.insert_shipment(carrier_account_id=UUID(account["id"]))

    used = await client.call("DELETE", path)
    rows.delete("shipments", shipment_id)
    deleted = await client.call("DELETE", path)
    gone = await client.call("DELETE", path)

    assert (used.status_code, used.json()["error"]["code"]) == (409, "carrier_account_in_use")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert gone.json()["error"]["code"] == "carrier_account_not_found"


async def test_the_mode_cannot_be_changed(client: ApiClient) -> None:
    """The current mode is rejected as well, so that a client notices at once."""
    for path, body in ((ACCOUNTS, build_own_account()), (BRIDGES, build_bridge())):
        made = await client.data("POST", path, body)
        assert refused_paths(await client.call("PATCH", f"{path}/{made['id']}", {"mode": made["mode"]})) == ["mode"]


async def test_a_bridge_is_changed_and_deleted(client: ApiClient) -> None:
    made = await client.data("POST", BRIDGES, build_bridge())
    path = f"{BRIDGES}/{made['id']}"
    changed = await client.data("PATCH", path, {"settings": {"can_cancel": False}})

    assert made["settings"]["can_cancel"] is True
    assert changed["settings"]["can_cancel"] is False
    assert (await client.data("GET", path))["id"] == made["id"]
    assert (await client.call("DELETE", path)).status_code == 204
    assert (await client.call("GET", path)).json()["error"]["code"] == "bridge_not_found"
