"""Build UPS's parties and addresses. Pure."""

from adapters.carriers.common.phones import to_digits
from adapters.http.json import Json
from domain.postal.fitting import FittedAddress, fit_address
from domain.postal.phones import Phone
from domain.shipping import ShipmentRequest
from domain.vendors.ups import LIMITS, UPS

MAX_STATE = 5
"""Longer names of states have no place in UPS's addresses; it needs only the codes of some countries."""


def fit(request: ShipmentRequest, where: str) -> FittedAddress:
    """Fit the address at a path of a shipment to UPS's limits."""
    return fit_address(request, where, UPS.title, LIMITS)


def build_party(fitted: FittedAddress) -> Json:
    """Build a party's names and address; some lanes and services need AttentionName, and all accept it."""
    phone = {"Phone": _build_phone(fitted.phone)} if fitted.phone is not None else {}
    return {**build_names(fitted), **phone, "Address": build_address(fitted)}


def build_names(fitted: FittedAddress) -> Json:
    return {"Name": fitted.company or fitted.name, "AttentionName": fitted.name}


def _build_phone(phone: Phone) -> Json:
    return {"Number": to_digits(phone), **({"Extension": phone.extension} if phone.extension else {})}


def build_address(fitted: FittedAddress) -> Json:
    return {
        "AddressLine": list(fitted.street),
        "City": fitted.city,
        **({"StateProvinceCode": fitted.state} if fitted.state and len(fitted.state) <= MAX_STATE else {}),
        "PostalCode": fitted.postal_code.replace("-", "").replace(" ", ""),
        "CountryCode": fitted.country,
    }
