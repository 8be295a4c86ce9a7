"""The purchase that everybody sends to the sandbox's FedEx. Standard library only: opponents use it too."""

import uuid
from typing import Any

PATH = "/sim/fedex/ship/v1/shipments"
TOKEN = "sim-fedex-bench"  # noqa: S105 - the simulator takes any that begins so
"""Takes the place of a sign-in, which the service makes once."""
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
"""What an opponent records as the input of its operation."""


def label_request(reference: str) -> dict[str, Any]:
    """Return the body of a purchase under that reference, as the service sends it."""
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
    """Return a reference that nobody has used."""
    return f"{prefix}{uuid.uuid4().hex[:20]}"
