"""UPS requests have the fields of its API description."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.ups import requests
from adapters.carriers.ups.codes import LABELS, SERVICES, TITLES
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.ups import UPS
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, build_shipment_request

ACCOUNT = "A1B2C3"
FROM = {**FULL_SENDER, "postal_code": "27713-1234"}
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "30", "width": "20", "height": "40", "dimension_unit": "cm"}


def build_request(**changes: Any) -> ShipmentRequest:
    defaults = {
        "service": "GROUND",
        "label_format": "ZPL",
        "ship_from": FROM,
        "ship_to": SHORT_RECIPIENT,
        "parcels": [PARCEL],
    }
    return build_shipment_request(**{**defaults, **changes})


def test_a_purchase_has_the_fields_of_upss_shipping_api() -> None:
    """Weights and sizes are converted, the longest side is the length, and the reference is on the parcel."""
    body = requests.build_purchase(REFERENCE, build_request(), ACCOUNT)

    assert body == {
        "ShipmentRequest": {
            "Request": {
                "RequestOption": "validate",
                "SubVersion": "1801",
                "TransactionReference": {"CustomerContext": REFERENCE},
            },
            "Shipment": {
                "Shipper": {
                    "Name": "Orderly",
                    "AttentionName": "Warehouse",
                    "Phone": {"Number": "9195550100"},
                    "ShipperNumber": ACCOUNT,
                    "Address": {
                        "AddressLine": ["2600 Meridian Parkway", "Dock 4"],
                        "City": "Durham",
                        "StateProvinceCode": "NC",
                        "PostalCode": "277131234",
                        "CountryCode": "US",
                    },
                },
                "ShipTo": {
                    "Name": "Ada",
                    "AttentionName": "Ada",
                    "Address": {
                        "AddressLine": ["1 Way"],
                        "City": "Portland",
                        "StateProvinceCode": "OR",
                        "PostalCode": "97201",
                        "CountryCode": "US",
                    },
                },
                "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
                "PaymentInformation": {
                    "ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": ACCOUNT}}],
                },
                "Service": {"Code": "03"},
                "Package": [
                    {
                        "Packaging": {"Code": "02"},
                        "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "2.5"},
                        "Dimensions": {
                            "UnitOfMeasurement": {"Code": "IN"},
                            "Length": "16",
                            "Width": "12",
                            "Height": "8",
                        },
                        "ReferenceNumber": [{"Value": REFERENCE}],
                    }
                ],
            },
            "LabelSpecification": {
                "LabelImageFormat": {"Code": "ZPL"},
                "LabelStockSize": {"Height": "6", "Width": "4"},
            },
        }
    }
    assert json.loads(json.dumps(body)) == body


IN_SAN_JUAN = {"country": "PR", "state": None, "postal_code": "00901", "city": "San Juan", "phone": "787-555-0123"}
IN_OTTAWA = {"country": "CA", "state": "Ontario", "postal_code": "k1a0b1", "city": "Ottawa"}


@pytest.mark.parametrize(
    ("sender", "recipient", "on_parcel"),
    [
        ({}, {}, True),
        (IN_SAN_JUAN, IN_SAN_JUAN, True),
        ({}, IN_SAN_JUAN, False),
        (IN_SAN_JUAN, {"phone": "5035550199"}, False),
        (IN_OTTAWA, IN_OTTAWA, False),
    ],
)
def test_the_reference_is_on_the_parcel_within_the_us_or_puerto_rico(
    sender: dict[str, Any], recipient: dict[str, Any], on_parcel: bool
) -> None:
    """On any other route it is on the shipment; UPS finds a shipment only by the reference in the right place."""
    lane = {"ship_from": {**FROM, **sender}, "ship_to": {**SHORT_RECIPIENT, **recipient}}
    shipment = requests.build_purchase(REFERENCE, build_request(**lane), ACCOUNT)["ShipmentRequest"]["Shipment"]
    references = [{"Value": REFERENCE}]
    assert shipment.get("ReferenceNumber") == (None if on_parcel else references)
    assert shipment["Package"][0].get("ReferenceNumber") == (references if on_parcel else None)


def test_every_service_and_label_format_has_a_ups_code() -> None:
    """Every service also has the title that UPS Tracking uses."""
    assert set(SERVICES) == set(TITLES.values()) == set(UPS.services)
    assert set(LABELS) == set(UPS.label_formats)
    image = requests.build_purchase(REFERENCE, build_request(label_format="PDF"), ACCOUNT)["ShipmentRequest"][
        "LabelSpecification"
    ]
    assert image["LabelImageFormat"] == {"Code": "GIF"}
    assert image["HTTPUserAgent"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service": "PIGEON"}, "service"),
        ({"ship_to": {**SHORT_RECIPIENT, "country": "DE"}}, "ship_to.country"),
        ({"ship_to": {**SHORT_RECIPIENT, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**SHORT_RECIPIENT, "street1": "x" * 36}}, "ship_to.street1"),
        ({"ship_to": {**SHORT_RECIPIENT, "street2": "x" * 36}}, "ship_to.street2"),
        ({"ship_to": {**SHORT_RECIPIENT, "city": "x" * 31}}, "ship_to.city"),
        ({"ship_to": {**SHORT_RECIPIENT, "state": "Pluto"}}, "ship_to.state"),
        ({"service": "NEXT_DAY_AIR_EARLY"}, "ship_to.phone"),
        ({"ship_to": {**SHORT_RECIPIENT, **IN_SAN_JUAN, "phone": None}}, "ship_to.phone"),
        ({"ship_from": {**FROM, "phone": None}, "ship_to": {**SHORT_RECIPIENT, **IN_SAN_JUAN}}, "ship_from.phone"),
        ({"ship_to": {**SHORT_RECIPIENT, "state": "ID"}}, "ship_to.postal_code"),
        ({"ship_to": {**SHORT_RECIPIENT, "postal_code": "x" * 10}}, "ship_to.postal_code"),
        ({"parcels": [PARCEL] * 51}, "parcels"),
        ({"parcels": [{**PARCEL, "width": "900"}]}, "parcels.0.width"),
        ({"parcels": [{**PARCEL, "weight": "151", "weight_unit": "lb"}]}, "parcels.0.weight"),
    ],
)
def test_a_request_that_ups_would_refuse_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, build_request(**changes), ACCOUNT)
    assert refused.value.field == field


def test_the_refusal_of_an_unknown_service_lists_the_services() -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, build_request(service="PIGEON"), ACCOUNT)
    assert all(code in refused.value.message for code in UPS.services)


def test_the_search_by_reference_covers_the_days_of_pickup() -> None:
    """A label of today may be picked up tomorrow, and the date at UPS may still be yesterday's."""
    query = requests.build_reference_query(ACCOUNT, datetime(2026, 3, 1, 0, 30, tzinfo=UTC))
    assert (query["fromPickUpDate"], query["toPickUpDate"]) == ("20260228", "20260314")
    assert query["shipperNum"] == ACCOUNT
