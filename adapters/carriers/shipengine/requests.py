"""Build ShipEngine's requests. Pure."""

from adapters.carriers.common.checks import check_shipment
from adapters.carriers.common.phones import write_phone
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.shipengine import customs, options
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.postal.fitting import fit_address
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.parcels import find_parcel_support
from domain.vendors.shipengine import LIMITS, SHIPENGINE

LINES = ("address_line1", "address_line2", "address_line3")
RESIDENTIAL = {True: "yes", False: "no"}


def check_request(request: ShipmentRequest) -> None:
    """Raise Rejected if ShipEngine would not accept a shipment."""
    build_purchase("", request, "")


def build_purchase(reference: str, request: ShipmentRequest, carrier_id: str) -> Json:
    """Build the body of a purchase; `reference` is its external_shipment_id, which ShipEngine accepts only once.

    Raises:
        Rejected: ShipEngine would not accept it; names the field.
    """
    shipment = _build_shipment(request, carrier_id)
    if request.shipping_options.return_address is not None:
        shipment["return_to"] = _build_address(request, "shipping_options.return_address")
    body = {
        "shipment": {**shipment, "service_code": request.service, "external_shipment_id": reference},
        "label_format": request.label_format.lower(),
        "label_layout": "4x6",
        "label_download_type": "inline",
        "validate_address": "no_validation",
    }
    options.write_options(body, request)
    return body


def build_rate_request(request: ShipmentRequest, carrier_id: str) -> Json:
    """Build the body of a request for prices; raises as `build_purchase`."""
    shipment = _build_shipment(request, carrier_id)
    del shipment["carrier_id"]
    body = {"rate_options": {"carrier_ids": [carrier_id]}, "shipment": shipment}
    options.write_priced_options(body, request)
    return body


def _build_shipment(request: ShipmentRequest, carrier_id: str) -> Json:
    support = find_parcel_support(SHIPENGINE.parcels, request.service)
    check_shipment(request, "ShipEngine", max_parcels=support.max_parcels if support is not None else 1)
    shipment = {
        "carrier_id": carrier_id,
        "ship_to": _build_address(request, "ship_to"),
        "ship_from": _build_address(request, "ship_from"),
        "packages": _build_packages(request),
    }
    customs.write_customs(shipment, request)
    return shipment


def _build_packages(request: ShipmentRequest) -> list[Json]:
    """Return the parcels; ShipEngine needs the sides of several ones."""
    packages = [_build_parcel(parcel) for parcel in request.parcels]
    for place, package in enumerate(packages if len(packages) > 1 else ()):
        if "dimensions" not in package:
            raise refuse_field(
                f"parcels.{place}.length", "is required by ShipEngine for several parcels", "size_needed"
            )
    return packages


def _build_parcel(parcel: Parcel) -> Json:
    weight = {"unit": "ounce", "value": float(to_weight(parcel, unit="oz"))}
    sides = {name: float(side) for name, side in to_sides(parcel, places=1).items()}
    return {"weight": weight, **({"dimensions": {"unit": "inch", **sides}} if sides else {})}


def _build_address(request: ShipmentRequest, where: str) -> Json:
    fitted = fit_address(request, where, SHIPENGINE.title, LIMITS)
    found = {
        "name": fitted.name,
        "company_name": fitted.company,
        **dict(zip(LINES, fitted.street, strict=False)),
        "city_locality": fitted.city,
        "state_province": fitted.state,
        "postal_code": fitted.postal_code,
        "country_code": fitted.country,
        "phone": write_phone(fitted.phone),
        "address_residential_indicator": None if fitted.residential is None else RESIDENTIAL[fitted.residential],
    }
    return {name: value for name, value in found.items() if value is not None}
