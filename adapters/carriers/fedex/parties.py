"""Build FedEx's contacts and addresses. Pure."""

from adapters.carriers.common.phones import to_digits
from adapters.http.json import Json
from domain.postal.fitting import FittedAddress, fit_address
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Signature
from domain.vendors.fedex import FEDEX, LIMITS

HOME_DELIVERY = "GROUND_HOME_DELIVERY"
COUNTRIES_WITH_STATES = ("US", "CA", "PR")
"""FedEx needs a state only in these countries, as a code."""


def build_party(request: ShipmentRequest, where: str) -> Json:
    """Build the contact and address at a path of a shipment."""
    fitted = _fit(request, where)
    contact = {"personName": fitted.name, **({"companyName": fitted.company} if fitted.company else {})}
    if fitted.phone is not None:
        contact["phoneNumber"] = to_digits(fitted.phone)
        if fitted.phone.extension:
            contact["phoneExtension"] = fitted.phone.extension
    return {"contact": contact, "address": _build_address(request, where, fitted)}


def build_place(request: ShipmentRequest, where: str) -> Json:
    """Build the address at a path of a shipment, without its contact."""
    return {"address": _build_address(request, where, _fit(request, where))}


def _fit(request: ShipmentRequest, where: str) -> FittedAddress:
    return fit_address(request, where, FEDEX.title, LIMITS)


def _build_address(request: ShipmentRequest, where: str, fitted: FittedAddress) -> Json:
    residential = _check_residence(request, fitted) if where == "ship_to" else fitted.residential
    state = fitted.state if fitted.country in COUNTRIES_WITH_STATES else None
    return {
        "streetLines": list(fitted.street),
        "city": fitted.city,
        **({"stateOrProvinceCode": state} if state else {}),
        "postalCode": fitted.postal_code,
        "countryCode": fitted.country,
        **({} if residential is None else {"residential": residential}),
    }


def _check_residence(request: ShipmentRequest, fitted: FittedAddress) -> bool | None:
    """Return the residential flag of the recipient.

    Home Delivery and indirect signatures are only for residences: with them an unknown address counts as residential.
    """
    if request.service == HOME_DELIVERY:
        where, name = "service", "is Home Delivery, but ship_to.residential is false: use GROUND"
    elif request.shipping_options.signature is Signature.INDIRECT:
        where, name = "shipping_options.signature", "indirect is for residences, but ship_to.residential is false"
    else:
        return fitted.residential
    if fitted.residential is False:
        raise refuse_field(where, name, "not_residential")
    return True
