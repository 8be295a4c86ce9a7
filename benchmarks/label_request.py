"""The purchase that all contestants send to the sandbox's FedEx; opponents use it, so standard library only."""

import uuid
from typing import Any

PATH = "/sim/fedex/ship/v1/shipments"
TOKEN = "sim-fedex-bench"  # noqa: S105 - the simulator accepts any token with this prefix
"""A fixed token instead of a sign-in, because the service signs in only once."""
ADDRESS = {
    "name": "Ada Lovelace",
    "street1": "1600 Analytical Way",
    "city": "Portland",
    "state": "OR",
    "postal_code": "97201",
    "country": "US",
    "phone": "5035550199",
}
PARTY = {
    "contact": {"personName": ADDRESS["name"], "phoneNumber": ADDRESS["phone"]},
    "address": {
        "streetLines": [ADDRESS["street1"]],
        "city": ADDRESS["city"],
        "stateOrProvinceCode": ADDRESS["state"],
        "postalCode": ADDRESS["postal_code"],
        "countryCode": ADDRESS["country"],
    },
}
PARCEL = {"weight": "2.5", "weight_unit": "lb", "length": "12", "width": "9", "height": "4", "dimension_unit": "in"}
INPUT = {"service": "GROUND", "label_format": "PDF", "ship_from": ADDRESS, "ship_to": ADDRESS, "parcels": [PARCEL]}
"""The input that an opponent records with its operation."""


def label_request(reference: str) -> dict[str, Any]:
    """Return the body of a purchase with that reference, as the service sends it."""
    parcel = {
        "sequenceNumber": 1,
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference[:30]}],
        "weight": {"units": "LB", "value": 2.5},
        "dimensions": {"length": 12, "width": 9, "height": 4, "units": "IN"},
    }
    shipment = {
        "shipper": PARTY,
        "recipients": [PARTY],
        "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
        "serviceType": "FEDEX_GROUND",
        "packagingType": "YOUR_PACKAGING",
        "totalWeight": 2.5,
        "shippingChargesPayment": {"paymentType": "SENDER"},
        "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_4X6"},
        "requestedPackageLineItems": [parcel],
    }
    return {"labelResponseOptions": "LABEL", "accountNumber": {"value": "740561073"}, "requestedShipment": shipment}


def any_reference(prefix: str = "") -> str:
    """Return an unused reference."""
    return f"{prefix}{uuid.uuid4().hex[:20]}"
