"""Converts between USPS's international messages and the store."""

from decimal import Decimal
from typing import Any

from sandbox.carriers import services
from sandbox.carriers.contracts import Address as StoredAddress
from sandbox.carriers.contracts import LabelRequest as StoredRequest
from sandbox.carriers.fees import fee_of
from sandbox.carriers.services import Service
from sandbox.carriers.usps.customs_summary import summarize_international
from sandbox.carriers.usps.international import (
    EXPRESS,
    FIRST_CLASS,
    INSURANCES,
    PRIORITY,
    ExtraServiceRateRequest,
    ForeignAddress,
    InternationalLabelRequest,
    RateRequest,
)
from sandbox.carriers.usps.mapping import SKUS, read_common
from sandbox.carriers.usps.options import read_international_options
from sandbox.carriers.usps.package_rules import EXTRA_SERVICES

_NAMES = {
    "FIRST_CLASS_PACKAGE_INTERNATIONAL": FIRST_CLASS,
    "PRIORITY_MAIL_INTERNATIONAL": PRIORITY,
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": EXPRESS,
}
INTERNATIONAL: dict[str, Service] = {_NAMES[code]: service for code, service in services.INTERNATIONAL["usps"].items()}

Json = dict[str, Any]


def to_label_request(request: InternationalLabelRequest) -> StoredRequest:
    """Convert a request to the store's."""
    return StoredRequest(
        **read_common(request),
        ship_to=_convert_foreign(request.toAddress),
        options=read_international_options(request),
        customs=summarize_international(request),
        echo={"labelAddress": _echo_address(request.toAddress)},
    )


def rate_response(request: RateRequest) -> Json:
    """Return the answer to a request for one price."""
    price = services.price(INTERNATIONAL[request.mailClass], [Decimal(str(request.weight))])
    packaging = {} if request.rateIndicator in ("SP", "PA") else {"packaging": request.rateIndicator}
    amount = float(price + fee_of(packaging))
    rate = {"SKU": SKUS[request.mailClass], "mailClass": request.mailClass, "price": amount, "fees": []}
    return {"totalBasePrice": amount, "rates": [rate]}


def extra_service_rate_response(request: ExtraServiceRateRequest) -> Json:
    """Return the price of an extra service."""
    code = request.extraService
    fee = fee_of({"insurance": str(request.itemValue)}) if code in INSURANCES else Decimal(0)
    return {
        "extraService": str(code),
        "name": EXTRA_SERVICES[code],
        "priceType": request.priceType,
        "price": float(fee),
        "warnings": [],
    }


def _convert_foreign(address: ForeignAddress) -> StoredAddress:
    name = " ".join(part for part in (address.firstName, address.lastName) if part) or address.firm or ""
    return StoredAddress(
        name=name,
        company=address.firm,
        street1=address.streetAddress,
        street2=address.secondaryAddress,
        city=address.city,
        state=address.province,
        postal_code=address.postalCode or "-",
        country=address.countryISOAlpha2Code,
        phone=address.phone,
    )


def _echo_address(address: ForeignAddress) -> Json:
    names = ("streetAddress", "city", "postalCode", "province", "countryISOAlpha2Code", "firstName", "lastName", "firm")
    return {name: value for name in names if (value := getattr(address, name)) is not None}
