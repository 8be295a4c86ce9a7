"""Build USPS's requests for labels and prices to other countries. Pure."""

from dataclasses import replace
from datetime import datetime

from adapters.carriers.common.phones import to_digits
from adapters.carriers.usps import customs, options, parts
from adapters.carriers.usps.codes import SERVICES
from adapters.http.json import Json
from domain.postal.fitting import fit_address
from domain.postal.limits import PhoneLimits
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.usps import LIMITS, USPS
from domain.vendors.usps_options import FIRST_CLASS_ABROAD, INTERNATIONAL

LIMITS_ABROAD = replace(LIMITS, phone=PhoneLimits())
MAX_POUNDS = {FIRST_CLASS_ABROAD: 4}
"""Source: USPS's Individual Country Listings; other services accept up to 70 pounds, less in some countries."""


def build_purchase(reference: str, request: ShipmentRequest, now: datetime) -> Json:
    """Build the body of a purchase; see `requests.build_purchase`.

    Raises:
        Rejected: USPS would not accept or print it; names the field.
    """
    goods = request.customs
    if goods is None:
        raise refuse_field("customs", "is required for an international label", "customs_needed")
    parcel = parts.build_parcel(request, MAX_POUNDS.get(request.service, LIMITS.max_pounds))
    non_delivery = customs.build_non_delivery(request, goods)
    body: Json = {
        "imageInfo": parts.build_image_info(request.label_format),
        "toAddress": _build_recipient(request),
        "fromAddress": parts.build_party(parts.fit(request, "ship_from")),
        "packageDescription": {
            "mailClass": SERVICES[request.service],
            "rateIndicator": options.choose_indicator(request, request.service),
            **parcel,
            "weightUOM": "lb",
            "dimensionsUOM": "in",
            "mailingDate": parts.choose_mailing_date(request, now).isoformat(),
            "customerReference": parts.build_references(reference),
            **({"packageOptions": non_delivery} if non_delivery else {}),
            **customs.build_prepayment(goods),
        },
        "customsForm": customs.build_form(request, goods),
    }
    options.write_options(body, request)
    return body


def build_rate_requests(request: ShipmentRequest, now: datetime) -> list[tuple[str, Json]]:
    """Build a request for the price of each service that has the options; raises as `build_purchase`."""
    common = {
        "originZIPCode": parts.fit(request, "ship_from").postal_code[:5],
        **_build_destination(request),
        **parts.build_parcel(request),
        "priceType": "COMMERCIAL",
        "mailingDate": parts.choose_mailing_date(request, now).isoformat(),
    }
    return [
        (ours, {**common, "mailClass": SERVICES[ours], "rateIndicator": options.choose_indicator(request, ours)})
        for ours in INTERNATIONAL
        if options.is_available(request, ours)
    ]


def build_extra_rate_request(request: ShipmentRequest, service: str, price_request: Json) -> Json | None:
    """Build a request for the price of a service's insurance; None if it has none."""
    insurance, codes = request.shipping_options.insurance, options.choose_extra_services(request, service)
    if insurance is None or not codes:
        return None
    names = ("mailClass", "priceType", "weight", "rateIndicator", "destinationCountryCode", "mailingDate")
    repeated = {name: price_request[name] for name in names}
    return {**repeated, "extraService": codes[0], "itemValue": float(insurance.amount)}


def _build_destination(request: ShipmentRequest) -> Json:
    to = fit_address(request, "ship_to", USPS.title, LIMITS_ABROAD)
    postal_code = {"foreignPostalCode": to.postal_code} if to.postal_code else {}
    return {"destinationCountryCode": to.country, **postal_code}


def _build_recipient(request: ShipmentRequest) -> Json:
    to = fit_address(request, "ship_to", USPS.title, LIMITS_ABROAD)
    found = {
        **parts.build_addressee(to),
        "phone": to_digits(to.phone) if to.phone is not None else None,
        **parts.build_street(to),
        "city": to.city,
        "postalCode": to.postal_code or None,
        "province": to.state,
        "country": to.country,
        "countryISOAlpha2Code": to.country,
    }
    return {name: value for name, value in found.items() if value is not None}
