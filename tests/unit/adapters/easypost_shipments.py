"""Shipments and requests in the form of EasyPost."""

from typing import Any

from domain.shipping import ShipmentRequest
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, build_shipment_request

TO = {**SHORT_RECIPIENT, "state": None}
PARCEL = {"weight": "1", "weight_unit": "kg", "length": "10", "width": "8", "height": "4", "dimension_unit": "in"}
RATES = [
    {"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "11.01", "currency": "USD"},
    {"id": "rate_2", "carrier": "USPS", "service": "GroundAdvantage", "rate": "8.20", "currency": "USD"},
    {"id": "rate_3", "carrier": "USPS", "service": "Priority", "rate": "9.90", "currency": "USD"},
]
MISSING = (404, {"error": {"code": "NOT_FOUND", "message": "none"}})


def build_request(**changes: Any) -> ShipmentRequest:
    """Return the request for a label, with changes."""
    defaults = {
        "service": "USPS.Priority",
        "label_format": "ZPL",
        "ship_from": FULL_SENDER,
        "ship_to": TO,
        "parcels": [PARCEL],
    }
    return build_shipment_request(**{**defaults, **changes})


def build_unsold_shipment(**changes: Any) -> dict[str, Any]:
    """Return a shipment with rates, as EasyPost shows it before the purchase."""
    defaults = {"id": "shp_1", "reference": REFERENCE, "rates": RATES, "postage_label": None, "tracking_code": None}
    return {**defaults, "selected_rate": None, "refund_status": None, **changes}


def build_sold_shipment(**changes: Any) -> dict[str, Any]:
    """Return a shipment with a label."""
    label = {"label_url": "https://files.example/1.pdf", "label_file_type": "application/pdf"}
    return build_unsold_shipment(
        **{"selected_rate": RATES[2], "postage_label": label, "tracking_code": "9434600208303109842228", **changes}
    )
