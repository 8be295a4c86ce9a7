"""ShipEngine requests have the fields of its API description."""

from typing import Any

import pytest

from adapters.carriers.shipengine import requests
from adapters.carriers.shipengine.errors import field_of
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.shipengine import SHIPENGINE
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, build_shipment_request
from tests.fixtures.customs import SAN_JUAN, build_customs

CARRIER_ID = "se-123890"
PARCEL = {"weight": "1.5", "weight_unit": "lb", "length": "30", "width": "20", "height": "10", "dimension_unit": "cm"}


def build_request(**changes: Any) -> ShipmentRequest:
    defaults = {
        "service": "usps_priority",
        "label_format": "ZPL",
        "ship_from": FULL_SENDER,
        "ship_to": SHORT_RECIPIENT,
        "parcels": [PARCEL],
    }
    return build_shipment_request(**{**defaults, **changes})


def test_a_purchase_has_the_fields_of_shipengines_api() -> None:
    """Weights and sizes are converted, and the answer shall contain the label."""
    body = requests.build_purchase(REFERENCE, build_request(), CARRIER_ID)

    assert body == {
        "label_format": "zpl",
        "label_layout": "4x6",
        "label_download_type": "inline",
        "validate_address": "no_validation",
        "shipment": {
            "carrier_id": CARRIER_ID,
            "service_code": "usps_priority",
            "external_shipment_id": REFERENCE,
            "ship_from": {
                "name": "Warehouse",
                "company_name": "Orderly",
                "address_line1": "2600 Meridian Parkway",
                "address_line2": "Dock 4",
                "city_locality": "Durham",
                "state_province": "NC",
                "postal_code": "27713",
                "country_code": "US",
                "phone": "9195550100",
            },
            "ship_to": {
                "name": "Ada",
                "address_line1": "1 Way",
                "city_locality": "Portland",
                "state_province": "OR",
                "postal_code": "97201",
                "country_code": "US",
            },
            "packages": [
                {
                    "weight": {"unit": "ounce", "value": 24.0},
                    "dimensions": {"unit": "inch", "length": 11.9, "width": 7.9, "height": 4.0},
                }
            ],
        },
    }
    assert len(REFERENCE) <= 50


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ship_from": {**FULL_SENDER, "phone": None}}, "ship_from.phone"),
        ({"ship_to": {**SHORT_RECIPIENT, "state": "Pluto"}}, "ship_to.state"),
        ({"ship_to": {**SHORT_RECIPIENT, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**SHORT_RECIPIENT, "street2": "x" * 101}}, "ship_to.street2"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
    ],
)
def test_a_request_that_shipengine_would_refuse_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, build_request(**changes), CARRIER_ID)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("code", "fits"), [("usps_priority_mail", True), ("ups_ground", True), ("GROUND", False), ("ups ground", False)]
)
def test_a_service_code_has_small_letters_and_underscores(code: str, fits: bool) -> None:
    """Each account has its own list of services, so only the form is checked."""
    problem = SHIPENGINE.service_problem(code)
    assert (problem is None) is fits


@pytest.mark.parametrize(
    ("vendor_field", "field"),
    [
        ("shipment.ship_to.address_line1", "ship_to.street1"),
        ("ship_from.phone", "ship_from.phone"),
        ("shipment.ship_to", "ship_to"),
        ("shipment.service_code", "service"),
        ("shipment.packages[0].weight.value", "parcels.0.weight"),
        ("shipment.packages[0].insured_value", "shipping_options.insurance"),
        ("shipment.confirmation", "shipping_options.signature"),
        ("shipment.return_to.postal_code", "shipping_options.return_address"),
        ("carrier_id", None),
        ("", None),
    ],
)
def test_shipengines_field_names_become_those_of_the_api(vendor_field: str, field: str | None) -> None:
    assert field_of(vendor_field) == field


def test_with_ddp_the_sender_pays_duties() -> None:
    """The incoterm decides the payer if `duties` does not."""
    request = build_shipment_request("ups_ground", ship_to=SAN_JUAN, customs=build_customs(incoterm="DDP"))
    shipment = requests.build_purchase(REFERENCE, request, "se-1")["shipment"]
    assert shipment["advanced_options"]["delivered_duty_paid"] is True


def test_several_packages_with_customs_data_are_refused() -> None:
    """The goods of each package must be declared, and the data do not assign them."""
    request = build_shipment_request("ups_ground", ship_to=SAN_JUAN, parcels=[PARCEL] * 2, customs=build_customs())
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, request, "se-1")
    assert refused.value.field == "parcels"
