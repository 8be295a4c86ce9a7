"""Read shipping options that several carriers map in the same way."""

from collections.abc import Mapping
from typing import Any

from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.profile import CarrierProfile


def get_carrier_options(request: ShipmentRequest) -> Mapping[str, Any]:
    """Return the carrier's own fields that the client sent."""
    return request.shipping_options.carrier_options or {}


def require_value(profile: CarrierProfile, option: str, value: str, request: ShipmentRequest) -> str:
    """Return the carrier's code for a value of an option; raises Rejected if its profile has none."""
    code = profile.vendor_value(option, value, request.service, request.label_format)
    if code is None:
        raise refuse_field(f"shipping_options.{option}", f"is not supported by {profile.title}", "option_not_supported")
    return code
