"""FedEx requests have the fields of its API description."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.fedex import requests
from adapters.carriers.fedex.codes import LABELS, SERVICES
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.fedex import FEDEX
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, build_shipment_request

ACCOUNT = "740561073"
TO = {**SHORT_RECIPIENT, "state": None, "phone": "5035550199"}
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "30", "width": "20", "height": "10", "dimension_unit": "cm"}


def build_request(**changes: Any) -> ShipmentRequest:
    defaults = {"ship_from": FULL_SENDER, "ship_to": TO, "parcels": [PARCEL]}
    return build_shipment_request(**{**defaults, **changes})


def test_a_purchase_has_the_fields_of_ship_v1() -> None:
    """Weights and sizes are converted, and the reference is on the parcel."""
    body = requests.build_purchase(REFERENCE, build_request(), ACCOUNT, None)

    assert body == {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": ACCOUNT},
        "requestedShipment": {
            "shipper": {
                "contact": {"personName": "Warehouse", "companyName": "Orderly", "phoneNumber": "9195550100"},
                "address": {
                    "streetLines": ["2600 Meridian Parkway", "Dock 4"],
                    "city": "Durham",
                    "stateOrProvinceCode": "NC",
                    "postalCode": "27713",
                    "countryCode": "US",
                },
            },
            "recipients": [
                {
                    "contact": {"personName": "Ada", "phoneNumber": "5035550199"},
                    "address": {
                        "streetLines": ["1 Way"],
                        "city": "Portland",
                        "stateOrProvinceCode": "OR",
                        "postalCode": "97201",
                        "countryCode": "US",
                    },
                }
            ],
            "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
            "packagingType": "YOUR_PACKAGING",
            "serviceType": "FEDEX_GROUND",
            "totalWeight": 2.5,
            "shippingChargesPayment": {"paymentType": "SENDER"},
            "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_4X6"},
            "requestedPackageLineItems": [
                {
                    "sequenceNumber": 1,
                    "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": REFERENCE}],
                    "weight": {"units": "LB", "value": 2.5},
                    "dimensions": {"length": 12, "width": 8, "height": 4, "units": "IN"},
                }
            ],
        },
    }
    assert json.loads(json.dumps(body)) == body


def test_every_service_and_label_format_has_a_fedex_code() -> None:
    """Home delivery has a residential recipient."""
    assert set(SERVICES) == set(FEDEX.services)
    assert set(LABELS) == set(FEDEX.label_formats)
    home = requests.build_purchase(
        REFERENCE, build_request(service="GROUND_HOME_DELIVERY"), ACCOUNT, "USE_SCHEDULED_PICKUP"
    )
    assert home["requestedShipment"]["recipients"][0]["address"]["residential"] is True
    assert home["requestedShipment"]["pickupType"] == "USE_SCHEDULED_PICKUP"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service": "PIGEON"}, "service"),
        ({"ship_to": {**TO, "phone": None}}, "ship_to.phone"),
        ({"ship_to": {**TO, "phone": "555"}}, "ship_to.phone"),
        ({"ship_from": {**FULL_SENDER, "phone": "1234567890123456"}}, "ship_from.phone"),
        ({"ship_to": {**TO, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**TO, "street1": "x" * 36}}, "ship_to.street1"),
        ({"ship_to": {**TO, "street2": "x" * 36}}, "ship_to.street2"),
        (
            {"ship_to": {**TO, "country": "FR"}, "ship_from": {**FULL_SENDER, "country": "FR", "state": None}},
            "ship_to.country",
        ),
        ({"ship_to": {**TO, "city": "x" * 36}}, "ship_to.city"),
        ({"ship_to": {**TO, "postal_code": "x" * 11}}, "ship_to.postal_code"),
        ({"parcels": [PARCEL] * 41}, "parcels"),
        ({"parcels": [{**PARCEL, "length": "9000"}]}, "parcels.0.length"),
    ],
)
def test_a_request_that_fedex_would_refuse_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, build_request(**changes), ACCOUNT, None)
    assert refused.value.field == field


def test_the_search_by_reference_covers_every_time_zone_and_ship_date() -> None:
    """FedEx may date the shipment a day earlier or later than UTC, and a purchase may name a later day."""
    at = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    info = requests.build_reference_query(REFERENCE, ACCOUNT, at)["referencesInformation"]
    assert (info["shipDateBegin"], info["shipDateEndDate"]) == ("2026-02-28", "2026-03-12")
    assert (info["type"], info["value"], info["accountNumber"]) == ("CUSTOMER_REFERENCE", REFERENCE, ACCOUNT)
