"""Read the carrier's values of shipping options, and write them at the fields that its profile declares."""

from collections.abc import Collection, Mapping
from typing import Any

from adapters.http.json import Json
from domain.json_values import to_json
from domain.postal.fitting import write_text
from domain.postal.limits import ShipmentLimits
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import LabelReferences
from domain.vendors.profile import CarrierProfile

BOOLEANS = {"true": True, "false": False}


def get_carrier_options(request: ShipmentRequest) -> Mapping[str, Any]:
    """Return the carrier's own fields that the client sent."""
    return request.shipping_options.carrier_options or {}


def get_references(request: ShipmentRequest, limits: ShipmentLimits) -> LabelReferences:
    """Return the client's references in the carrier's letters; raises Rejected if a letter has no such form."""
    texts = to_json(request.shipping_options.references) or {}
    written = {name: write_text(text, f"shipping_options.references.{name}", limits) for name, text in texts.items()}
    return LabelReferences(**written)


def require_value(profile: CarrierProfile, option: str, value: str, request: ShipmentRequest) -> str:
    """Return the carrier's code for a value of an option; raises Rejected if its profile has none."""
    code = profile.vendor_value(option, value, request.service, request.label_format)
    if code is None:
        raise refuse_field(f"shipping_options.{option}", f"is not supported by {profile.title}", "option_not_supported")
    return code


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
    values = get_carrier_options(request)
    for option in profile.carrier_options:
        if option.name in values and option.name not in except_for:
            set_field(body, option.vendor_field, values[option.name])
