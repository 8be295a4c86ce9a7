"""Creating an operation with bad input gets 422 with the path of each bad field."""

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.endpoints import SOME
from tests.fixtures.api import LABEL, Api, paths, refused

OPERATIONS = "/api/operations"


def test_an_unknown_type_is_rejected_with_the_known_types(api: Api) -> None:
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
    ("kind", "fields", "bad"),
    [
        ("create_shipment", {}, ["input.service"]),
        ("create_shipment", {"service": "GROUND"}, ["input.carrier"]),
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
def test_the_error_names_every_bad_field(api: Api, kind: str, fields: dict[str, Any], bad: list[str]) -> None:
    """Each path starts at the body's root."""
    answer = api.http.post(OPERATIONS, json={"type": kind, "order_id": api.info["demo"]["order_id"], "input": fields})
    assert paths(refused(answer, 422, "invalid_input")) == bad


def test_an_order_without_an_address_is_rejected(api: Api) -> None:
    """The API records no operation."""
    order = api.order(ship_to=None)
    answer = api.http.post(OPERATIONS, json={"type": "create_shipment", "order_id": order["id"], "input": GOOD})
    assert paths(refused(answer, 422, "invalid_input")) == ["order_id"]
    assert api.http.get(OPERATIONS, params={"order_id": order["id"]}).json()["pagination"]["total"] == 0


def test_a_missing_order_is_rejected(api: Api) -> None:
    for kind in ("create_shipment", "update_order_status"):
        fields = GOOD if kind == "create_shipment" else {"status": "shipped"}
        answer = api.http.post(OPERATIONS, json={"type": kind, "input": fields})
        assert paths(refused(answer, 422, "invalid_input")) == ["order_id"]


def test_an_account_with_rejected_credentials_is_rejected(api: Api) -> None:
    account = api.account()
    api.sandbox.script("labels.create", *["auth_failed"] * 2)
    api.done(api.label(carrier_account_id=account["id"]), "failed")
    fields = {"carrier_account_id": account["id"], "service": LABEL["service"]}
    body = {"type": "create_shipment", "order_id": api.info["demo"]["order_id"], "input": fields}
    assert paths(refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")) == ["input.carrier_account_id"]


def test_line_items_of_a_push_must_match_the_order(api: Api) -> None:
    order, bridge = api.order(), api.bridge()
    items = [{"id": "1", "quantity": 1}, {"sku": "NOPE", "quantity": 1}]
    fields = {"bridge_id": bridge["id"], "tracking_number": "1", "carrier": "ups", "line_items": items}
    body = {"type": "push_fulfillment", "order_id": order["id"], "input": fields}
    assert paths(refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")) == ["input.line_items.1.sku"]
    items[1] = {"id": "1", "quantity": 4}
    assert paths(refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")) == ["input.line_items.1.quantity"]
