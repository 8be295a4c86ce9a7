"""An organization can't read, change, list or refer to another organization's resources."""

from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.api import LABEL, Api, refused
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"


@pytest.fixture(scope="module")
def theirs(api: Api) -> dict[str, str]:
    """Ids of one resource of each kind in the module's organization."""
    operation = api.done(api.label())
    return {
        "operations": operation["id"],
        "orders": operation["order_id"],
        "shipments": operation["output"]["shipment_id"],
        "carrier-accounts": api.account()["id"],
        "bridges": api.bridge()["id"],
        "api-keys": api.key_with("orders:read")["id"],
        "users": api.user()["id"],
    }


CALLS: list[tuple[str, str, Json | None]] = [
    ("GET", "/api/operations/{operations}", None),
    ("GET", "/api/operations/{operations}/undo", None),
    ("POST", "/api/operations/{operations}/execute", None),
    ("POST", "/api/operations/{operations}/cancel", None),
    ("POST", "/api/operations/{operations}/undo", {}),
    ("POST", "/api/operations/{operations}/retry", None),
    ("POST", "/api/operations/{operations}/resolve", {"outcome": "happened", "reason": "x"}),
    ("GET", "/api/orders/{orders}", None),
    ("PATCH", "/api/orders/{orders}", {"status": "cancelled"}),
    ("GET", "/api/shipments/{shipments}", None),
    ("GET", "/api/shipments/{shipments}/label", None),
    ("GET", "/api/carrier-accounts/{carrier-accounts}", None),
    ("PATCH", "/api/carrier-accounts/{carrier-accounts}", {"name": "mine now"}),
    ("DELETE", "/api/carrier-accounts/{carrier-accounts}", None),
    ("GET", "/api/bridges/{bridges}", None),
    ("PATCH", "/api/bridges/{bridges}", {"name": "mine now"}),
    ("DELETE", "/api/bridges/{bridges}", None),
    ("PATCH", "/api/users/{users}", {"role": "viewer"}),
    ("DELETE", "/api/users/{users}", None),
    ("DELETE", "/api/api-keys/{api-keys}", None),
]


def test_another_organizations_resources_are_not_found(api: Api, fresh: Api, theirs: dict[str, str]) -> None:
    """Every endpoint answers 404 as for an unknown id, and the resources stay unchanged."""
    before = snapshot(api, theirs)
    for method, path, body in CALLS:
        answer = fresh.http.request(method, path.format(**theirs), json=body)
        unknown = fresh.http.request(method, path.format(**dict.fromkeys(theirs, str(uuid4()))), json=body)
        code = unknown.json()["error"]["code"]
        assert refused(answer, 404, code)["code"].endswith("_not_found")
    assert snapshot(api, theirs) == before


def snapshot(api: Api, ids: dict[str, str]) -> list[str]:
    paths = [f"/api/{name}/{ident}" for name, ident in ids.items() if name != "api-keys"]
    keys = {key["id"]: key for key in api.http.get("/api/api-keys", params={"limit": 100}).json()["data"]}
    return [*(api.http.get(path).text for path in paths), str(keys[ids["api-keys"]])]


def test_lists_contain_nothing_of_another_organization(fresh: Api, theirs: dict[str, str]) -> None:
    """Rows, totals and filters by another organization's ids give nothing."""
    for name in theirs:
        body = fresh.http.get(f"/api/{name}").json()
        expected = 1 if name == "api-keys" else 0
        assert (len(body["data"]), body["pagination"]["total"]) == (expected, expected), name
    for path, parameter in (
        (OPERATIONS, {"order_id": theirs["orders"]}),
        ("/api/shipments", {"order_id": theirs["orders"]}),
        ("/api/shipments", {"operation_id": theirs["operations"]}),
    ):
        assert fresh.http.get(path, params=parameter).json()["pagination"]["total"] == 0


def test_another_organizations_ids_are_rejected_in_inputs(fresh: Api, theirs: dict[str, str]) -> None:
    """An order, account, bridge or shipment of another organization is treated as unknown."""
    order = fresh.order()
    foreign = fresh.http.post(OPERATIONS, json=build_body("update_order_status", theirs["orders"], status="shipped"))
    refused(foreign, 404, "order_not_found")
    account = theirs["carrier-accounts"]
    shipment, bridge = theirs["shipments"], theirs["bridges"]
    for body in (
        build_body("create_shipment", order["id"], carrier_account_id=account, service=LABEL["service"]),
        build_body("push_fulfillment", order["id"], bridge_id=bridge, tracking_number="1", carrier="ups"),
        build_body("push_fulfillment", order["id"], bridge_id=fresh.bridge()["id"], shipment_id=shipment),
        build_body("void_shipment", None, shipment_id=shipment),
        build_body(
            "fulfill_order", order["id"], carrier_account_id=account, service=LABEL["service"], bridge_id=bridge
        ),
    ):
        refused(fresh.http.post(OPERATIONS, json=body), 422, "invalid_input")
    refused(fresh.http.post("/api/orders", json={"external_id": "x", "bridge_id": bridge}), 422, "invalid_input")


def build_body(kind: str, order_id: str | None, **fields: Any) -> Json:
    return {"type": kind, "order_id": order_id, "input": fields}
