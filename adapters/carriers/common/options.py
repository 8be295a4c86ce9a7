"""Write shipping options into a carrier's request, at the fields that its profile declares."""

from collections.abc import Collection
from typing import Any

from adapters.http.json import Json
from domain.shipping import ShipmentRequest
from domain.vendors.profile import CarrierProfile

BOOLEANS = {"true": True, "false": False}


def set_field(body: Json, path: str, value: Any) -> None:
    """Set the field at a declared path; `[]` is the first element of a list. Missing objects are added."""
    *parents, name = path.split(".")
    for parent in parents:
        found = body.setdefault(parent.removesuffix("[]"), [{}] if parent.endswith("[]") else {})
        body = found[0] if isinstance(found, list) else found
    body[name] = value


def write_choice(body: Json, profile: CarrierProfile, option: str, value: str | None, request: ShipmentRequest) -> None:
    """Set the carrier's value of an option with choices, unless it is not requested."""
    support = None if value is None else profile.find_support(option, value, request.service)
    if support is not None and value is not None:
        found = support.choices[value]
        set_field(body, support.vendor_field, BOOLEANS.get(found, found))


def write_carrier_options(
    body: Json, profile: CarrierProfile, request: ShipmentRequest, except_for: Collection[str] = ()
) -> None:
    """Set the carrier's own fields that the client requested, except those that the adapter sets itself."""
    values = request.shipping_options.carrier_options or {}
    for option in profile.carrier_options:
        if option.name in values and option.name not in except_for:
            set_field(body, option.vendor_field, values[option.name])
