"""Build USPS's requests. Pure."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from adapters.carriers.common.checks import check_service
from adapters.carriers.usps import customs, international, options, parts
from adapters.carriers.usps.codes import IMAGES, SERVICES
from adapters.http.json import Json
from domain.borders import find_lane
from domain.customs import Customs, Lane
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.usps import LIMITS
from domain.vendors.usps_options import DOMESTIC

RETURN_ADDRESS = "shipping_options.return_address"
PRICED = ("originZIPCode", "destinationZIPCode", "weight", "mailClass", "priceType", "mailingDate")
"""The fields of a request for a price that the request for its extra services repeats."""
PRICED_OPTIONS = ("hasNonstandardCharacteristics",)
"""The fields of `carrier_options` that a request for a price has too."""


def make_key(reference: str) -> str:
    """Return the idempotency key of a purchase: a UUID derived from its reference."""
    return str(UUID(bytes=hashlib.sha256(reference.encode()).digest()[:16], version=4))


def check_request(request: ShipmentRequest) -> None:
    """Raise Rejected if USPS would not accept the purchase or, without a service, the request for prices."""
    if request.service:
        build_purchase("", request, datetime.now(UTC))
    else:
        for service, body in build_rate_requests(request, datetime.now(UTC)):
            build_extra_rate_request(request, service, body)


def build_purchase(reference: str, request: ShipmentRequest, now: datetime) -> Json:
    """Build the body of a purchase. It must be equal for each send, or USPS would not recognize the repeat.

    `now` determines the mailing date if the request has no `asked_at`.

    Raises:
        Rejected: USPS would not accept or print it; names the field.
    """
    check_service(request, "USPS", SERVICES)
    if is_international(request):
        return international.build_purchase(reference, request, now)
    parcel = parts.build_parcel(request)
    body: Json = {
        "imageInfo": parts.build_image_info(request.label_format),
        "toAddress": parts.build_party(parts.fit(request, "ship_to")),
        "fromAddress": parts.build_party(parts.fit(request, "ship_from")),
        "packageDescription": {
            "mailClass": SERVICES[request.service],
            "rateIndicator": options.choose_indicator(request, request.service),
            **parcel,
            "weightUOM": "lb",
            "dimensionsUOM": "in",
            "mailingDate": parts.choose_mailing_date(request, now).isoformat(),
            "customerReference": parts.build_references(reference),
        },
    }
    _write_return_address(body, request)
    if request.customs is not None:
        _write_customs(body, request, request.customs)
    options.write_options(body, request)
    return body


def is_international(request: ShipmentRequest) -> bool:
    """Whether USPS sells the label through its interface for other countries."""
    return find_lane(request.ship_from, request.ship_to) is Lane.INTERNATIONAL


def _write_return_address(body: Json, request: ShipmentRequest) -> None:
    back = request.shipping_options.return_address
    if back is None:
        return
    if back.country not in (LIMITS.countries or ()):
        raise refuse_field(f"{RETURN_ADDRESS}.country", "must be US at USPS", "country_not_served")
    body["returnAddress"] = parts.build_party(parts.fit(request, RETURN_ADDRESS))


def _write_customs(body: Json, request: ShipmentRequest, goods: Customs) -> None:
    """Add the customs form for a military address or a US territory; with one, USPS needs a firm as sender."""
    sender = body["fromAddress"]
    sender.setdefault("firm", parts.fit(request, "ship_from").name)
    body["customsForm"] = customs.build_form(request, goods)
    non_delivery = customs.build_non_delivery(request, goods)
    if non_delivery:
        body["packageDescription"]["packageOptions"] = non_delivery


def build_reprint(label_format: str) -> Json:
    return {"imageInfo": {"imageType": IMAGES[label_format], "labelType": "4X6LABEL"}}


def build_rate_requests(request: ShipmentRequest, now: datetime) -> list[tuple[str, Json]]:
    """Build a request for the price of each service that has the options; raises as `build_purchase`."""
    if is_international(request):
        return international.build_rate_requests(request, now)
    parcel = parts.build_parcel(request)
    carrier_options = request.shipping_options.carrier_options or {}
    common = {
        "originZIPCode": carrier_options.get("inductionZIPCode") or parts.fit(request, "ship_from").postal_code[:5],
        "destinationZIPCode": parts.fit(request, "ship_to").postal_code[:5],
        **parcel,
        **{name: carrier_options[name] for name in PRICED_OPTIONS if name in carrier_options},
        "priceType": "COMMERCIAL",
        "mailingDate": parts.choose_mailing_date(request, now).isoformat(),
    }
    return [
        (ours, {**common, "mailClass": theirs, "rateIndicator": options.choose_indicator(request, ours)})
        for ours, theirs in SERVICES.items()
        if ours in DOMESTIC and options.is_available(request, ours)
    ]


def build_extra_rate_request(request: ShipmentRequest, service: str, price_request: Json) -> Json | None:
    """Build a request for the prices of a service's extra services; None if it has none. Raises as `build_purchase`."""
    if is_international(request):
        return international.build_extra_rate_request(request, service, price_request)
    codes = options.choose_extra_services(request, service)
    if not codes:
        return None
    insurance = request.shipping_options.insurance
    value = {} if insurance is None else {"itemValue": float(insurance.amount)}
    return {**{name: price_request[name] for name in PRICED}, **value, "extraServices": codes}


def build_authorization(credentials: dict[str, str]) -> Json:
    """Build the request for a payment authorization, with the account as payer and label owner."""
    account = {
        "CRID": credentials.get("crid", ""),
        "MID": credentials.get("mid", ""),
        "manifestMID": credentials.get("manifest_mid") or credentials.get("mid", ""),
        "accountType": "EPS",
        "accountNumber": credentials.get("account_number", ""),
    }
    return {"roles": [{"roleName": name, **account} for name in ("PAYER", "LABEL_OWNER")]}
