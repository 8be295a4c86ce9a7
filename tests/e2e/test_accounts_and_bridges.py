"""Carrier accounts and bridges over HTTP: the default account, changes of settings and credentials, and deletion."""

import pytest

from tests.fixtures.api import Api, data, refused

OPERATIONS = "/api/operations"


def test_a_carrier_has_one_default_account(fresh: Api) -> None:
    """Another default replaces the previous one, and a purchase that names only the carrier uses it."""
    assert_no_default(fresh)
    first = fresh.account("ups")
    data(fresh.http.patch(f"/api/carrier-accounts/{first['id']}", json={"is_default": True}))
    second = fresh.account("ups")
    other = fresh.account("fedex")
    data(fresh.http.patch(f"/api/carrier-accounts/{other['id']}", json={"is_default": True}))
    order = fresh.order()["id"]
    completed = fresh.done(fresh.label(order, carrier="ups", service="GROUND"))
    assert completed["output"]["carrier_account_id"] == first["id"]
    data(fresh.http.patch(f"/api/carrier-accounts/{second['id']}", json={"is_default": True}))
    states = {
        account["id"]: account["is_default"] for account in fresh.http.get("/api/carrier-accounts").json()["data"]
    }
    assert states == {first["id"]: False, second["id"]: True, other["id"]: True}
    completed = fresh.done(fresh.label(order, carrier="ups", service="GROUND"))
    assert completed["output"]["carrier_account_id"] == second["id"]


def assert_no_default(api: Api) -> None:
    fields = {"carrier": "ups", "service": "GROUND"}
    body = {"type": "create_shipment", "order_id": api.order()["id"], "input": fields}
    refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")


@pytest.mark.parametrize("path", ["/api/carrier-accounts", "/api/bridges"])
def test_a_patch_merges_settings_and_replaces_credentials(api: Api, path: str) -> None:
    """Null removes a setting; credentials that the PATCH omits are deleted."""
    kind, name, optional = {
        "/api/carrier-accounts": ("carrier", "easypost", "webhook_secret"),
        "/api/bridges": ("channel", "shopify", None),
    }[path]
    made = data(api.http.post(path, json={kind: name, "name": "plain", "mode": "test"}), 201)
    key = "api_key" if kind == "carrier" else "access_token"
    credentials = {key: "1", **({optional: "sixteen characters"} if optional else {})}
    changes = {"settings": {"read_timeout_seconds": 7}, "credentials": credentials}
    changed = data(api.http.patch(f"{path}/{made['id']}", json=changes))
    assert changed["settings"] == {**made["settings"], "read_timeout_seconds": 7}
    assert set(changed["credentials"]) == set(credentials)
    changed = data(api.http.patch(f"{path}/{made['id']}", json={"settings": {"read_timeout_seconds": None}}))
    assert changed["settings"] == made["settings"]
    changed = data(api.http.patch(f"{path}/{made['id']}", json={"credentials": {key: "3"}}))
    assert set(changed["credentials"]) == {key}
    changed = data(api.http.patch(f"{path}/{made['id']}", json={"name": "renamed"}))
    assert (changed["name"], set(changed["credentials"])) == ("renamed", {key})


def test_test_mode_needs_no_base_url(api: Api) -> None:
    """An account or a bridge without a base_url uses the sandbox."""
    for path, fields in (
        ("/api/carrier-accounts", {"carrier": "fedex", "name": "plain", "mode": "test"}),
        ("/api/bridges", {"channel": "amazon", "name": "plain", "mode": "test"}),
    ):
        made = data(api.http.post(path, json=fields), 201)
        assert "base_url" not in made["settings"]
        assert api.http.delete(f"{path}/{made['id']}").status_code == 204
    demo = f"/api/carrier-accounts/{api.info['demo']['carrier_account_id']}"
    data(api.http.patch(demo, json={"settings": {"read_timeout_seconds": 5}}))


@pytest.mark.parametrize("path", ["/api/carrier-accounts", "/api/bridges"])
def test_an_unused_account_or_bridge_is_deleted(api: Api, path: str) -> None:
    made = api.account() if path.endswith("accounts") else api.bridge()
    answer = api.http.delete(f"{path}/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.http.get(f"{path}/{made['id']}").status_code == 404
    assert api.http.delete(f"{path}/{made['id']}").status_code == 404


def test_an_account_or_bridge_in_use_is_not_deleted(api: Api) -> None:
    """A label or a pending operation needs its account, and an order needs its bridge."""
    account = api.account()
    api.label(carrier_account_id=account["id"])
    refused(api.http.delete(f"/api/carrier-accounts/{account['id']}"), 409, "carrier_account_in_use")
    account = api.account()
    api.done(api.label(carrier_account_id=account["id"]))
    refused(api.http.delete(f"/api/carrier-accounts/{account['id']}"), 409, "carrier_account_in_use")
    bridge = api.bridge()
    api.order(bridge_id=bridge["id"])
    refused(api.http.delete(f"/api/bridges/{bridge['id']}"), 409, "bridge_in_use")


def test_rejected_credentials_deactivate_the_account(api: Api) -> None:
    """The operation fails with auth_failed; after a PATCH to active, a retry completes."""
    account = api.account()
    api.sandbox.script("labels.create", *["auth_failed"] * 2)
    failed = api.done(api.label(carrier_account_id=account["id"]), "failed")
    api.sandbox.clear()
    assert failed["error"]["code"] == "auth_failed"
    found = data(api.http.get(f"/api/carrier-accounts/{account['id']}"))
    assert found["status"] == "auth_failed"
    assert found["status_reason"]
    data(api.http.patch(f"/api/carrier-accounts/{account['id']}", json={"status": "active"}))
    retried = api.http.post(f"{OPERATIONS}/{failed['id']}/retry", headers={"Prefer": "wait=20"})
    assert data(retried)["status"] == "completed"
