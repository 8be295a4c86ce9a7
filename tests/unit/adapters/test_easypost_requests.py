"""EasyPost requests have the fields of its API description."""

from typing import Any

import pytest

from adapters.carriers.easypost import requests
from adapters.carriers.easypost.errors import field_of
from domain.errors import Rejected
from domain.vendors.easypost import EASYPOST
from tests.fixtures.builders import FULL_SENDER, REFERENCE
from tests.unit.adapters.easypost_shipments import PARCEL, TO, build_request


def test_a_shipment_has_the_fields_of_easyposts_api() -> None:
    """Weights and sizes are in ounces and inches; the account may set the carrier account."""
    assert requests.build_shipment(build_request(), "ca_1", REFERENCE) == {
        "shipment": {
            "to_address": {
                "name": "Ada",
                "street1": "1 Way",
                "city": "Portland",
                "state": "OR",
                "zip": "97201",
                "country": "US",
            },
            "from_address": {
                "name": "Warehouse",
                "company": "Orderly",
                "street1": "2600 Meridian Parkway",
                "street2": "Dock 4",
                "city": "Durham",
                "state": "NC",
                "zip": "27713",
                "country": "US",
                "phone": "9195550100",
            },
            "parcel": {"weight": 35.3, "length": 10.0, "width": 8.0, "height": 4.0},
            "options": {"label_format": "ZPL", "label_size": "4x6"},
            "reference": REFERENCE,
            "carrier_accounts": ["ca_1"],
        }
    }
    assert "reference" not in requests.build_shipment(build_request(), None)["shipment"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ship_to": {**TO, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_from": {**FULL_SENDER, "street2": "x" * 101}}, "ship_from.street2"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
    ],
)
def test_a_request_that_easypost_would_refuse_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_shipment(build_request(**changes), None, REFERENCE)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("USPS.GroundAdvantage", True),
        ("UPSDAP.2ndDayAir", True),
        ("CanadaPost.Solutions: Priority", True),
        ("AsendiaUsa.PMI: e-PAQ Select", True),
        ("Amazon Shipping.Parcel 2.0 (24h)", True),
        ("GROUND", False),
        (".Ground", False),
        ("USPS.", False),
        ("USPS. Ground", False),
        ("USPS.Ground ", False),
        ("USPS.Gr\u00fcn", False),
    ],
)
def test_a_service_code_is_a_carrier_and_a_service(code: str, fits: bool) -> None:
    problem = EASYPOST.service_problem(code)
    assert (problem is None) is fits


@pytest.mark.parametrize(
    ("vendor_field", "field"),
    [
        ("shipment.to_address.zip", "ship_to.postal_code"),
        ("from_address.street1", "ship_from.street1"),
        ("to_address", "ship_to"),
        ("parcel.weight", "parcels.0.weight"),
        ("parcel.predefined_package", "shipping_options.packaging"),
        ("options[label_date]", "shipping_options.ship_date"),
        ("shipment.return_address.zip", "shipping_options.return_address"),
        ("rate", None),
        ("", None),
    ],
)
def test_easyposts_field_names_become_those_of_the_api(vendor_field: str, field: str | None) -> None:
    assert field_of(vendor_field) == field
