"""Our words in ShipEngine's: pure."""

from adapters.carriers.common.checks import check_shipment, refuse_field
from adapters.carriers.common.label_text import to_address_texts
from adapters.carriers.common.units import to_sides, to_weight
from adapters.http.json import Json
from domain.parcels import Address, Parcel
from domain.shipping import ShipmentRequest

LINE, POSTAL_CODE, PHONE = 100, 20, 30
"""ShipEngine names no lengths: each carrier behind it has its own, and cuts or refuses. These are no label's."""
ADDRESS = {
    "name": ("name", LINE),
    "company_name": ("company", LINE),
    "address_line1": ("street1", LINE),
    "address_line2": ("street2", LINE),
    "city_locality": ("city", LINE),
    "state_province": ("state", LINE),
    "postal_code": ("postal_code", POSTAL_CODE),
    "country_code": ("country", LINE),
    "phone": ("phone", PHONE),
}


def build_purchase(reference: str, request: ShipmentRequest, carrier_id: str) -> Json:
    """Build the body of a purchase; `reference` is its external_shipment_id, which ShipEngine takes once.

    Raises:
        Rejected: ShipEngine could not take it; names the field.
    """
    shipment = _build_shipment(request, carrier_id)
    return {
        "shipment": {**shipment, "service_code": request.service, "external_shipment_id": reference},
        "label_format": request.label_format.lower(),
        "label_layout": "4x6",
        "label_download_type": "inline",
        "validate_address": "no_validation",
    }


def build_rate_request(request: ShipmentRequest, carrier_id: str) -> Json:
    """Build the body of a question for prices; raises as `build_purchase` does."""
    shipment = _build_shipment(request, carrier_id)
    del shipment["carrier_id"]
    return {"rate_options": {"carrier_ids": [carrier_id]}, "shipment": shipment}


def _build_shipment(request: ShipmentRequest, carrier_id: str) -> Json:
    parcel = check_shipment(request, "ShipEngine")
    if not request.ship_from.phone:
        raise refuse_field("ship_from.phone", "is needed by ShipEngine", "phone_needed")
    return {
        "carrier_id": carrier_id,
        "ship_to": _build_address(request.ship_to, "ship_to"),
        "ship_from": _build_address(request.ship_from, "ship_from"),
        "packages": [_build_parcel(parcel)],
    }


def _build_parcel(parcel: Parcel) -> Json:
    weight = {"unit": "ounce", "value": float(to_weight(parcel, unit="oz"))}
    sides = {name: float(side) for name, side in to_sides(parcel, places=1).items()}
    return {"weight": weight, **({"dimensions": {"unit": "inch", **sides}} if sides else {})}


def _build_address(address: Address, where: str) -> Json:
    if not address.state:
        raise refuse_field(f"{where}.state", "is needed by ShipEngine", "state_needed")
    return to_address_texts(address, where, ADDRESS)
