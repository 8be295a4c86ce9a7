"""ShipEngine's options: which fields they set, and the simulator's prices for them."""

from typing import Any

import pytest

from adapters.carriers.shipengine import answers, requests
from adapters.http.json import dig
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from sandbox.carriers.shipengine import mapping
from sandbox.carriers.shipengine.connected import CONNECTED
from sandbox.carriers.shipengine.contracts import CreateLabel, RateRequest
from tests.fixtures.builders import FULL_SENDER, REFERENCE, Json, build_shipment_request
from tests.unit.adapters.bodies import find_differences

PARCEL = {"weight": "1", "weight_unit": "lb", "length": "10", "width": "8", "height": "4", "dimension_unit": "in"}
SERVICE, CARRIER = "usps_priority_mail", "se-123890"
ADVANCED, PACKAGE = "shipment.advanced_options", "shipment.packages[]"
MONEY = {"amount": "100.00", "currency": "USD"}
THIRD_PARTY = {"payer": "third_party", "account": "A1B2C3", "postal_code": "97201", "country": "US"}


def build(options: Json, service: str = SERVICE) -> ShipmentRequest:
    sender = {**FULL_SENDER, "phone": "9195550100"}
    return build_shipment_request(service, parcels=[PARCEL], ship_from=sender, shipping_options=options)


def purchase(options: Json, service: str = SERVICE) -> Json:
    body = requests.build_purchase(REFERENCE, build(options, service), CARRIER)
    CreateLabel.model_validate(body)
    return body


def cover(provider: str) -> dict[str, Any]:
    value = {"currency": "USD", "amount": 100.0}
    return {"shipment.insurance_provider": provider, f"{PACKAGE}.insured_value": value}


@pytest.mark.parametrize(
    ("options", "service", "changed"),
    [
        ({"signature": "direct"}, "fedex_ground", {"shipment.confirmation": "direct_signature"}),
        ({"signature": "direct"}, SERVICE, {"shipment.confirmation": "signature"}),
        ({"signature": "none"}, SERVICE, {"shipment.confirmation": "none"}),
        ({"insurance": MONEY}, SERVICE, cover("shipsurance")),
        ({"declared_value": MONEY}, SERVICE, cover("carrier")),
        ({"packaging": "pak"}, "ups_ground", {f"{PACKAGE}.package_code": "ups_express_pak"}),
        (
            {"references": {"po": "P-2"}},
            SERVICE,
            {f"{PACKAGE}.label_messages": {"reference1": None, "reference2": None, "reference3": "P-2"}},
        ),
        ({"ship_date": "2026-12-01"}, SERVICE, {"shipment.ship_date": "2026-12-01"}),
        ({"saturday_delivery": True}, SERVICE, {ADVANCED: {"saturday_delivery": True}}),
        ({"hold_at_location": {"location_id": "614940"}}, SERVICE, {"ship_to_service_point_id": "614940"}),
        (
            {"billing": THIRD_PARTY},
            SERVICE,
            {
                ADVANCED: {
                    "bill_to_party": "third_party",
                    "bill_to_account": "A1B2C3",
                    "bill_to_postal_code": "97201",
                    "bill_to_country_code": "US",
                }
            },
        ),
        ({"address_validation": "strict"}, SERVICE, {"validate_address": "validate_only"}),
        ({"address_validation": "off"}, SERVICE, {}),
        ({"label": {"size": "a4"}}, SERVICE, {"label_layout": "A4"}),
        (
            {"carrier_options": {"fragile": True, "charge_event": "on_creation"}},
            SERVICE,
            {ADVANCED: {"fragile": True}, "charge_event": "on_creation"},
        ),
    ],
)
def test_an_option_changes_only_its_own_fields(options: Json, service: str, changed: dict[str, Any]) -> None:
    assert find_differences(purchase(options, service), purchase({}, service)) == changed


def test_a_return_address_is_fitted_like_the_others() -> None:
    back = purchase({"return_address": {**FULL_SENDER, "name": "Returns"}})["shipment"]["return_to"]
    assert (back["name"], back["address_line1"], back["state_province"]) == ("Returns", "2600 Meridian Parkway", "NC")


def test_two_confirmations_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        requests.check_request(build({"signature": "adult", "carrier_options": {"confirmation": "delivery"}}))
    assert refused.value.field == "shipping_options.signature"


def test_a_price_has_the_fields_of_the_carrier_that_may_change_it() -> None:
    """A price has no text of the purchase, such as the order's id."""
    own = {"fragile": True, "delivery-as-addressed": True, "confirmation": "delivery", "external_order_id": "7"}
    body = requests.build_rate_request(build({"carrier_options": own}, service=""), CARRIER)
    RateRequest.model_validate(body)
    plain = requests.build_rate_request(build({}, service=""), CARRIER)
    assert find_differences(body, plain) == {
        ADVANCED: {"fragile": True, "delivery-as-addressed": True},
        "shipment.confirmation": "delivery",
    }


@pytest.mark.parametrize(
    ("options", "amount"),
    [
        ({"signature": "adult"}, "confirmation_amount"),
        ({"insurance": MONEY}, "insurance_amount"),
        ({"packaging": "small_flat_rate_box"}, "other_amount"),
        ({"saturday_delivery": True}, "other_amount"),
    ],
)
def test_a_price_has_the_options(options: Json, amount: str) -> None:
    """A service that lacks the package has no price; the others are dearer."""

    def quote(wanted: Json) -> Json:
        body = requests.build_rate_request(build(wanted, service=""), CARRIER)
        return mapping.rates_response(RateRequest.model_validate(body).shipment, CONNECTED[CARRIER])

    priced = quote(options)
    assert dig(priced["rate_response"]["rates"][0], amount, "amount") > 0
    plain = {rate.service: float(rate.amount) for rate in answers.parse_rates(quote({}))}
    rates = {rate.service: float(rate.amount) for rate in answers.parse_rates(priced)}
    assert all(price > plain[service] for service, price in rates.items())
    assert len(rates) == (1 if "packaging" in options else 3)
