"""Our words in ShipEngine's: pure."""

from adapters.carriers.common.label_text import to_label_text
from adapters.carriers.common.units import to_sides, to_weight
from adapters.http.json import Json
from domain.errors import Rejected
from domain.parcels import Address, Parcel
from domain.shipping import ShipmentRequest

LINE, POSTAL_CODE, PHONE = 100, 20, 30
"""ShipEngine names no lengths: each carrier behind it has its own, and cuts or refuses. These are no label's."""


def build_purchase(reference: str, request: ShipmentRequest, carrier_id: str) -> Json:
    """Build the body of a purchase.

    Args:
        reference: its external_shipment_id, which ShipEngine takes once.
        request: what is bought.
        carrier_id: the connected carrier.

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
    if request.ship_from.country != request.ship_to.country:
        message = "a ShipEngine shipment over a border needs customs data, which is not sent yet"
        raise Rejected(message, vendor_code="customs_needed", field="ship_to.country")
    if len(request.parcels) != 1:
        raise Rejected("one parcel in a ShipEngine shipment here", vendor_code="too_many_parcels", field="parcels")
    if not request.ship_from.phone:
        raise Rejected("ShipEngine needs ship_from.phone", vendor_code="phone_needed", field="ship_from.phone")
    return {
        "carrier_id": carrier_id,
        "ship_to": _build_address(request.ship_to, "ship_to"),
        "ship_from": _build_address(request.ship_from, "ship_from"),
        "packages": [_build_parcel(request.parcels[0])],
    }


def _build_parcel(parcel: Parcel) -> Json:
    found: Json = {"weight": {"unit": "ounce", "value": float(to_weight(parcel, unit="oz"))}}
    sides = to_sides(parcel, places=1)
    if sides is not None:
        found["dimensions"] = {"unit": "inch", **{name: float(side) for name, side in sides.items()}}
    return found


def _build_address(address: Address, where: str) -> Json:
    if not address.state:
        raise Rejected(f"ShipEngine needs {where}.state", vendor_code="state_needed", field=f"{where}.state")
    names = {"name": "name", "address_line1": "street1", "city_locality": "city", "state_province": "state"}
    optional = {"company_name": "company", "address_line2": "street2"}
    names |= {theirs: ours for theirs, ours in optional.items() if getattr(address, ours)}
    found: Json = {
        theirs: to_label_text(getattr(address, ours), f"{where}.{ours}", LINE) for theirs, ours in names.items()
    }
    found["postal_code"] = to_label_text(address.postal_code, f"{where}.postal_code", POSTAL_CODE)
    found["country_code"] = address.country
    if address.phone:
        found["phone"] = to_label_text(address.phone, f"{where}.phone", PHONE)
    return found
