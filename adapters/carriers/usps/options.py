"""Build the parts of USPS's requests that shipping options determine. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from adapters.carriers.common.options import get_references, write_carrier_options, write_choice
from adapters.carriers.common.units import SIZES
from adapters.carriers.usps.codes import (
    ASSOCIATED,
    INSURANCE,
    INSURANCE_ABOVE,
    INSURED_MORE,
    NOT_ASSOCIATED,
    NOT_MILITARY,
    RATE_INDICATORS,
    SIGNATURES,
)
from adapters.http.json import Json
from domain.borders import find_lane
from domain.customs import Lane
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import LabelSize, Signature
from domain.vendors.usps import LIMITS, USPS
from domain.vendors.usps_options import REFERENCE_PREFIXES

PLACE = "shipping_options"
MAX_REFERENCES, MAX_REFERENCES_WITH_FORM, MAX_EXTRA_SERVICES = 3, 1, 5
"""How many references USPS prints besides the operation's own; fewer with a customs form."""
CUBIC = "cubic"
MAX_CUBIC_POUNDS, MAX_CUBIC_INCHES = 20, 18
CUBIC_FEET: Mapping[str, float] = {"GROUND_ADVANTAGE": 1.0, "PRIORITY_MAIL": 0.5}
"""Source: USPS's Domestic Mail Manual, cubic prices; the same limits of weight and length for both services."""
CUBIC_INCHES = 12**3
OWN = ("extraServices", "rateIndicator")


def is_available(request: ShipmentRequest, service: str) -> bool:
    """Whether a service has the options that determine its price."""
    wanted = request.shipping_options
    signature = wanted.signature if wanted.signature is not Signature.NONE else None
    insurance = "any" if wanted.insurance is not None else None
    values = {"signature": signature, "packaging": wanted.packaging, "insurance": insurance}
    is_soft = "rateIndicator" in (wanted.carrier_options or {})
    return (not is_soft or service in CUBIC_FEET) and all(
        USPS.find_support(option, value, service) for option, value in values.items() if value is not None
    )


def choose_indicator(request: ShipmentRequest, service: str) -> str:
    """Return the rate indicator of the packaging, by default that of the sender's own box."""
    packaging = request.shipping_options.packaging
    soft_pack = _carrier_options(request).get("rateIndicator")
    if packaging is not None and soft_pack is not None:
        raise refuse_field(f"{PLACE}.packaging", "has a rate indicator of its own", "two_packagings")
    if packaging is None:
        return str(soft_pack or RATE_INDICATORS[service])
    return USPS.vendor_value("packaging", packaging, service) or RATE_INDICATORS[service]


def choose_extra_services(request: ShipmentRequest, service: str) -> list[int]:
    """Return the codes of the extra services for the signature, the insurance and the client's own codes.

    Raises:
        Rejected: USPS does not sell them together.
    """
    wanted = request.shipping_options
    found = wanted.signature and USPS.vendor_value("signature", wanted.signature, service)
    codes = [] if found is None else [int(found)]
    if wanted.insurance is not None:
        above = wanted.insurance.amount > INSURANCE_ABOVE
        codes.append(INSURANCE[service][above])
    own = [int(code) for code in str(_carrier_options(request).get("extraServices") or "").split(",") if code]
    _check_extra_services(request, [*codes, *own])
    _check_destination(request, [*codes, *own])
    return [*codes, *own]


def write_options(body: Json, request: ShipmentRequest) -> None:
    """Add the options to a purchase, except its rate indicator, mailing date and return address."""
    wanted, package = request.shipping_options, body["packageDescription"]
    _check_cubic(request, package)
    codes = choose_extra_services(request, request.service)
    if codes:
        package["extraServices"] = codes
    if wanted.insurance is not None:
        package.setdefault("packageOptions", {})["packageValue"] = float(wanted.insurance.amount)
    package["customerReference"] += _build_references(request)
    write_choice(body, USPS, "address_validation", wanted.address_validation, request)
    if wanted.label is not None:
        _check_size(request)
        write_choice(body, USPS, "label.size", wanted.label.size, request)
        write_choice(body, USPS, "label.dpi", str(wanted.label.dpi) if wanted.label.dpi else None, request)
    write_carrier_options(body, USPS, request, OWN)


def _build_references(request: ShipmentRequest) -> list[Json]:
    references = get_references(request, LIMITS)
    named = {name: getattr(references, name) for name in REFERENCE_PREFIXES}
    texts = [f"{REFERENCE_PREFIXES[name]}{text}" for name, text in named.items() if text is not None]
    limit = MAX_REFERENCES if request.customs is None else MAX_REFERENCES_WITH_FORM
    if len(texts) > limit:
        printed = "four" if request.customs is None else "two with a customs form"
        problem = f"must be at most {limit}: USPS prints {printed}, and one is the operation's own"
        raise refuse_field(f"{PLACE}.references", problem, "too_many_references")
    return [{"referenceNumber": text, "printReferenceNumber": True} for text in texts]


def _check_size(request: ShipmentRequest) -> None:
    size = request.shipping_options.label.size if request.shipping_options.label is not None else None
    if request.customs is not None and size not in (None, LabelSize.IN_4X6):
        problem = "must be 4x6: USPS prints customs forms in this size only"
        raise refuse_field(f"{PLACE}.label.size", problem, "form_size")


def _check_extra_services(request: ShipmentRequest, codes: Sequence[int]) -> None:
    place = f"{PLACE}.carrier_options.extraServices"
    if len(set(codes)) < len(codes):
        raise refuse_field(place, "repeats a code, or one that another option adds", "repeated_service")
    if len(codes) > MAX_EXTRA_SERVICES:
        problem = f"and the other options need more than the {MAX_EXTRA_SERVICES} extra services that USPS accepts"
        raise refuse_field(place, problem, "too_many_services")
    if sum(code in SIGNATURES for code in codes) > 1:
        raise refuse_field(place, "adds a second signature service", "two_signatures")
    if _carrier_options(request).get("carrierRelease") and any(code in SIGNATURES for code in codes):
        problem = "leaves the parcel without a signature, but one is requested"
        raise refuse_field(f"{PLACE}.carrier_options.carrierRelease", problem, "signature_requested")


def _check_destination(request: ShipmentRequest, codes: Sequence[int]) -> None:
    """Raise Rejected if USPS does not sell an extra service to a military address or an associated state."""
    lane, state = find_lane(request.ship_from, request.ship_to), request.ship_to.state
    unsold = NOT_MILITARY if lane is Lane.MILITARY else NOT_ASSOCIATED if state in ASSOCIATED else frozenset[int]()
    wrong = next((code for code in codes if code in unsold), None)
    if wrong is None:
        return
    wanted = request.shipping_options
    is_signature = wanted.signature is not None and wrong in SIGNATURES
    own = "insurance" if wrong == INSURED_MORE else "carrier_options.extraServices"
    problem = f"is not available at this address: USPS does not sell its extra service {wrong} there"
    raise refuse_field(f"{PLACE}.{'signature' if is_signature else own}", problem, "not_sold_there")


def _check_cubic(request: ShipmentRequest, parcel: Mapping[str, Any]) -> None:
    """Raise Rejected if a parcel with cubic packaging has no cubic price."""
    if request.shipping_options.packaging != CUBIC:
        return
    sides = [Decimal(str(parcel[name])) for name in SIZES]
    feet = float(sides[0] * sides[1] * sides[2]) / CUBIC_INCHES
    maximum = CUBIC_FEET.get(request.service, 1.0)
    if parcel["weight"] > MAX_CUBIC_POUNDS or max(sides) > MAX_CUBIC_INCHES or feet > maximum:
        limits = f"{MAX_CUBIC_POUNDS} lb, {MAX_CUBIC_INCHES} in and {maximum} cubic feet"
        raise refuse_field(f"{PLACE}.packaging", f"cubic is for parcels of at most {limits}", "not_cubic")


def _carrier_options(request: ShipmentRequest) -> Mapping[str, Any]:
    return request.shipping_options.carrier_options or {}
