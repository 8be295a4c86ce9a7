"""What carriers answer, as a client sees it: prices that can be bought, their refusals, and what a label costs."""

from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.api import Api, data, refused
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json

PHONE = {"phone": "9195550100"}
BERLIN = {
    "name": "Ada Lovelace",
    "street1": "Unter den Linden 1",
    "city": "Berlin",
    "postal_code": "10117",
    "country": "DE",
    **PHONE,
}


def account(api: Api, carrier: str, **settings: Any) -> Json:
    """Create an account whose sender has a phone number."""
    return api.account(carrier, **{"ship_from": {**SHIP_FROM, **PHONE}, **settings})


def quote(api: Api, account_id: str, **changed: Any) -> list[Json]:
    asked = {"carrier_account_id": account_id, "ship_to": {**SHIP_TO, **PHONE}, **changed}
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
def test_a_service_that_is_quoted_can_be_bought(api: Api, carrier: str, service: str) -> None:
    made = account(api, carrier)
    rates = {rate["service"]: rate for rate in quote(api, made["id"])}
    assert service in rates

    order = api.order(ship_to={**SHIP_TO, **PHONE})
    for quoted in rates:
        given = {"carrier_account_id": made["id"], "service": quoted}
        recorded = api.create("create_shipment", order["id"], **given)
        if quoted == service:
            assert api.done(recorded)["output"]["service"] == service


def test_ups_sells_its_european_services_in_europe(api: Api) -> None:
    made = account(api, "ups", ship_from=BERLIN)
    services = {rate["service"] for rate in quote(api, made["id"], ship_to=BERLIN)}
    assert services == {"STANDARD", "SAVER", "EXPRESS", "EXPRESS_PLUS"}

    order = api.order(ship_to=BERLIN)
    for service in services:
        bought = api.done(api.create("create_shipment", order["id"], carrier_account_id=made["id"], service=service))
        assert bought["output"]["service"] == service


@pytest.mark.parametrize(
    ("carrier", "pounds", "words"),
    [
        ("easypost", 80, "USPS: Package weight exceeds"),
        ("shipengine", 80, "Package weight exceeds"),
    ],
)
def test_a_carrier_without_a_price_says_why(api: Api, carrier: str, pounds: int, words: str) -> None:
    """422 with the carrier's own words, and no empty list."""
    made = account(api, carrier)
    parcel = {**PARCEL, "weight": pounds, "weight_unit": "lb"}
    asked = {"carrier_account_id": made["id"], "ship_to": {**SHIP_TO, **PHONE}, "parcels": [parcel]}
    answer = api.http.post("/api/rates", json=asked)
    error = answer.json()["error"]
    assert (answer.status_code, words in error["message"]) == (422, True), error


def test_an_account_that_is_not_connected_has_no_price(api: Api) -> None:
    """ShipEngine answers 200 with an error inside."""
    made = account(
        api, "shipengine", options={"carrier_id": "se-999"}, base_url=api.info["sandbox_url"] + "/sim/shipengine"
    )
    asked = {"carrier_account_id": made["id"], "ship_to": {**SHIP_TO, **PHONE}}
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
def test_a_cost_is_the_sum_of_its_parts(api: Api, carrier: str, service: str, parts: set[str]) -> None:
    made = account(api, carrier)
    order = api.order(ship_to={**SHIP_TO, **PHONE})
    bought = api.done(api.create("create_shipment", order["id"], carrier_account_id=made["id"], service=service))
    shipment = data(api.http.get(f"/api/shipments/{bought['output']['shipment_id']}"))

    assert {part["name"] for part in shipment["cost_parts"]} == parts
    assert sum(Decimal(part["amount"]) for part in shipment["cost_parts"]) == Decimal(shipment["cost"])
    assert bought["output"]["cost"] == shipment["cost"]
