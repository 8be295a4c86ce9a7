"""Rates, carriers' rejections and label costs, as an API client gets them."""

from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.api import Api, data, refused
from tests.fixtures.builders import PARCEL, SHIP_TO, Json, build_ship_to

BERLIN = build_ship_to(street1="Unter den Linden 1", city="Berlin", state=None, postal_code="10117", country="DE")


def quote(api: Api, account_id: str, **changed: Any) -> list[Json]:
    asked = {"carrier_account_id": account_id, "ship_to": SHIP_TO, **changed}
    answer = api.http.post("/api/rates", json=asked)
    assert answer.status_code == 200, answer.text
    rates: list[Json] = answer.json()["data"]
    return rates


@pytest.mark.parametrize(
    ("carrier", "service"),
    [
        ("fedex", "FIRST_OVERNIGHT"),
        ("ups", "NEXT_DAY_AIR_EARLY"),
        ("usps", "PRIORITY_MAIL"),
        ("easypost", "USPS.Priority"),
        ("easypost", "USPS.Ground: Media & Library"),
        ("shipengine", "usps_priority_mail"),
    ],
)
def test_a_quoted_service_can_be_bought(api: Api, carrier: str, service: str) -> None:
    account = api.account(carrier)
    rates = {rate["service"]: rate for rate in quote(api, account["id"])}
    assert service in rates

    order = api.order()
    for quoted in rates:
        fields = {"carrier_account_id": account["id"], "service": quoted}
        recorded = api.create("create_shipment", order["id"], **fields)
        if quoted == service:
            assert api.done(recorded)["output"]["service"] == service


def test_ups_quotes_european_services_in_europe(api: Api) -> None:
    account = api.account("ups", ship_from=BERLIN)
    services = {rate["service"] for rate in quote(api, account["id"], ship_to=BERLIN)}
    assert services == {"STANDARD", "SAVER", "EXPRESS", "EXPRESS_PLUS"}

    order = api.order(ship_to=BERLIN)
    for service in services:
        bought = api.done(api.create("create_shipment", order["id"], carrier_account_id=account["id"], service=service))
        assert bought["output"]["service"] == service


@pytest.mark.parametrize(
    ("carrier", "pounds", "words"),
    [
        ("easypost", 80, "USPS: Package weight exceeds"),
        ("shipengine", 80, "Package weight exceeds"),
    ],
)
def test_a_carriers_reason_for_no_rate_is_returned(api: Api, carrier: str, pounds: int, words: str) -> None:
    """The response is 422 with the carrier's message, not an empty list."""
    account = api.account(carrier)
    parcel = {**PARCEL, "weight": pounds, "weight_unit": "lb"}
    asked = {"carrier_account_id": account["id"], "ship_to": SHIP_TO, "parcels": [parcel]}
    answer = api.http.post("/api/rates", json=asked)
    error = answer.json()["error"]
    assert (answer.status_code, words in error["message"]) == (422, True), error


def test_an_unconnected_shipengine_account_gets_no_rates(api: Api) -> None:
    """ShipEngine answers 200 with an error in the body."""
    account = api.account(
        "shipengine", options={"carrier_id": "se-999"}, base_url=api.info["sandbox_url"] + "/sim/shipengine"
    )
    asked = {"carrier_account_id": account["id"], "ship_to": SHIP_TO}
    error = refused(api.http.post("/api/rates", json=asked), 422, "carrier_refused")
    assert "se-999 are not connected" in error["message"]


@pytest.mark.parametrize(
    ("carrier", "service", "parts"),
    [
        ("easypost", "USPS.GroundAdvantage", {"LabelFee", "PostageFee"}),
        ("fedex", "GROUND", {"base charge", "Fuel Surcharge"}),
        ("ups", "GROUND", {"Fuel Surcharge", "other"}),
        ("usps", "GROUND_ADVANTAGE", {"postage"}),
        ("shipengine", "usps_ground_advantage", {"Base charge", "Fuel surcharge"}),
    ],
)
def test_the_cost_is_the_sum_of_its_parts(api: Api, carrier: str, service: str, parts: set[str]) -> None:
    account = api.account(carrier)
    order = api.order()
    bought = api.done(api.create("create_shipment", order["id"], carrier_account_id=account["id"], service=service))
    shipment = data(api.http.get(f"/api/shipments/{bought['output']['shipment_id']}"))

    assert {part["name"] for part in shipment["cost_parts"]} == parts
    assert sum(Decimal(part["amount"]) for part in shipment["cost_parts"]) == Decimal(shipment["cost"])
    assert bought["output"]["cost"] == shipment["cost"]
