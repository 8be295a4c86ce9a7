"""The purchase that everybody sends to the sandbox's carrier. Standard library only: opponents use it too."""

import uuid
from typing import Any

PATH = "/carriers/fedex/labels"
ADDRESS = {
    "name": "Ada Lovelace",
    "street1": "1600 Analytical Way",
    "city": "Portland",
    "state": "OR",
    "postal_code": "97201",
    "country": "US",
    "phone": "5035550199",
}
PARCEL = {"weight": "2.5", "weight_unit": "lb", "length": "12", "width": "9", "height": "4", "dimension_unit": "in"}
INPUT = {"service": "GROUND", "label_format": "PDF", "ship_from": ADDRESS, "ship_to": ADDRESS, "parcels": [PARCEL]}
"""What an opponent records as the input of its operation."""


def label_request(reference: str) -> dict[str, Any]:
    """Return the body of a purchase under that reference."""
    return {"reference": reference, **INPUT}


def any_reference(prefix: str = "") -> str:
    """Return a reference that nobody has used."""
    return f"{prefix}{uuid.uuid4().hex[:20]}"
