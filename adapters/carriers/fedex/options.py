"""Build the parts of FedEx's requests that shipping options add. Pure."""

import re
from calendar import FRIDAY, THURSDAY, day_name
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from adapters.carriers.common.options import get_carrier_options, require_value
from adapters.carriers.common.units import to_weight
from adapters.carriers.fedex.parties import build_party
from adapters.http.json import Json
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import HoldAtLocation, LabelReferences, Money, Notifications, Signature
from domain.vendors.fedex import FEDEX
from domain.vendors.fedex_options import REFERENCE_CODES

FLAT_PACKAGES = ("envelope", "pak", "flat_rate_envelope")
MAX_FLAT_VALUE = Decimal(500)
"""The maximum declared value of an envelope or pak."""
MAX_TOTAL_VALUE = Decimal(99_999)
"""The description of Ship v1 allows five digits before the decimal point."""
SIGNED_FROM = Decimal(500)
"""The least declared value that requires a signature."""
ONE_RATE_POUNDS = {"flat_rate_envelope": 10, "small_flat_rate_box": 50} | dict.fromkeys(
    ("medium_flat_rate_box", "large_flat_rate_box"), 50
)
"""The maximum weight of each packaging of FedEx One Rate."""
SATURDAY_SHIPPING = {"FIRST_OVERNIGHT": FRIDAY, "PRIORITY_OVERNIGHT": FRIDAY, "FEDEX_2_DAY": THURSDAY}
"""The weekday of the ship date for a delivery on Saturday."""
MAX_EMAIL, PHONE_DIGITS = 80, 10
HOLD, RETURN = "shipping_options.hold_at_location", "shipping_options.return_address"


def find_packaging(request: ShipmentRequest) -> str:
    """Return FedEx's code of the packaging."""
    packaging = request.shipping_options.packaging
    return "YOUR_PACKAGING" if packaging is None else _find_value("packaging", packaging, request)


def build_package_options(request: ShipmentRequest) -> Json:
    """Build the fields of a package that are part of purchases and of requests for prices.

    Raises:
        Rejected: the options contradict each other; names the field.
    """
    signature, value = request.shipping_options.signature, request.shipping_options.declared_value
    types = {"SIGNATURE_OPTION": signature is not None}
    services = _build_services(types, get_carrier_options(request).get("packageSpecialServices"))
    if signature is not None:
        _check_signature(signature, value)
        services["signatureOptionType"] = _find_value("signature", signature, request)
    return {
        **({"packageSpecialServices": services} if services else {}),
        **({"declaredValue": _build_value(value, request)} if value is not None else {}),
    }


def build_shipment_options(request: ShipmentRequest) -> Json:
    """Build the field of a shipment that is part of purchases and of requests for prices; raises as above."""
    options = request.shipping_options
    max_pounds = ONE_RATE_POUNDS.get(options.packaging) if options.packaging is not None else None
    if max_pounds is not None:
        _check_one_rate(request, max_pounds)
    if options.saturday_delivery and options.ship_date is not None:
        _check_saturday(options.ship_date, request.service)
    own = get_carrier_options(request)
    hold, premium = options.hold_at_location, own.get("homedeliveryPremiumType")
    types = {
        "FEDEX_ONE_RATE": max_pounds is not None,
        "SATURDAY_DELIVERY": bool(options.saturday_delivery),
        "HOLD_AT_LOCATION": hold is not None,
        "HOME_DELIVERY_PREMIUM": premium is not None,
    }
    services = _build_services(types, own.get("shipmentSpecialServices"))
    if hold is not None:
        services["holdAtLocationDetail"] = _build_hold(hold, request)
    if premium is not None:
        services["homeDeliveryPremiumDetail"] = _build_premium(premium, request)
    return {"shipmentSpecialServices": services} if services else {}


def build_purchase_options(request: ShipmentRequest) -> Json:
    """Build the fields of a shipment that only purchases have; raises as above."""
    options, own = request.shipping_options, get_carrier_options(request)
    fields: Json = {}
    if options.ship_date is not None:
        fields["shipDatestamp"] = options.ship_date.isoformat()
    if options.declared_value is not None:
        fields["totalDeclaredValue"] = _build_total(options.declared_value, request)
    if options.notifications is not None:
        fields["emailNotificationDetail"] = _build_emails(options.notifications, request)
    for name in ("blockInsightVisibility", "recipientLocationNumber"):
        if name in own:
            fields[name] = own[name]
    return fields


def build_references(references: LabelReferences) -> list[Json]:
    """Build the client's references; the adapter's own one, which Track looks for, is not among them."""
    values = {theirs: getattr(references, ours) for ours, theirs in REFERENCE_CODES.items()}
    return [{"customerReferenceType": theirs, "value": value} for theirs, value in values.items() if value]


def build_label_options(request: ShipmentRequest, stock: str) -> Json:
    """Build the fields of `labelSpecification`; `stock` is the usual label stock of the format."""
    label, masked = request.shipping_options.label, get_carrier_options(request).get("maskedData")
    fields: Json = {"labelStockType": stock}
    if label is not None and label.size is not None:
        fields["labelStockType"] = _find_value("label.size", label.size, request)
    if label is not None and label.dpi is not None:
        fields["resolution"] = label.dpi
    if masked is not None:
        fields["customerSpecifiedDetail"] = {"maskedData": [masked]}
    if request.shipping_options.return_address is not None:
        fields["printedLabelOrigin"] = _build_return_address(request)
    return fields


def _build_return_address(request: ShipmentRequest) -> Json:
    party = build_party(request, RETURN)
    if "phoneNumber" not in party["contact"]:
        problem = "is required by FedEx; you can set settings.default_phone of the account instead"
        raise refuse_field(f"{RETURN}.phone", problem, "phone_needed")
    return party


def _find_value(option: str, value: str, request: ShipmentRequest) -> str:
    return require_value(FEDEX, option, value, request)


def _build_services(types: Mapping[str, bool], own: str | None) -> Json:
    """Build the requested special services; `own` is one that the client names itself."""
    requested = [name for name, is_requested in types.items() if is_requested] + ([own] if own else [])
    return {"specialServiceTypes": requested} if requested else {}


def _build_value(value: Money, request: ShipmentRequest) -> Json:
    """Build a declared value; raises Rejected if it exceeds the maximum of an envelope or pak."""
    if request.shipping_options.packaging in FLAT_PACKAGES and value.amount > MAX_FLAT_VALUE:
        problem = f"must be at most {MAX_FLAT_VALUE} {value.currency} for an envelope or pak"
        raise refuse_field("shipping_options.declared_value.amount", problem, "too_much")
    return {"amount": float(value.amount), "currency": value.currency}


def _build_total(value: Money, request: ShipmentRequest) -> Json:
    """Build the sum of the parcels' values; each parcel has the whole declared value."""
    total = value.amount * len(request.parcels)
    if total > MAX_TOTAL_VALUE:
        problem = f"must be at most {MAX_TOTAL_VALUE} {value.currency} for all parcels together"
        raise refuse_field("shipping_options.declared_value.amount", problem, "too_much")
    return {"amount": float(total), "currency": value.currency}


def _check_signature(signature: Signature, value: Money | None) -> None:
    if signature is Signature.NONE and value is not None and value.amount >= SIGNED_FROM:
        problem = f"none can't be combined with a declared value of {SIGNED_FROM} or more"
        raise refuse_field("shipping_options.signature", problem, "signature_needed")


def _check_saturday(day: date, service: str) -> None:
    weekday = SATURDAY_SHIPPING.get(service, day.weekday())
    if day.weekday() != weekday:
        problem = f"must be a {day_name[weekday]} for Saturday delivery with {service}"
        raise refuse_field("shipping_options.ship_date", problem, "no_saturday_delivery")


def _check_one_rate(request: ShipmentRequest, maximum: int) -> None:
    for place, parcel in enumerate(request.parcels):
        to_weight(parcel, maximum=maximum, place=place)
    if request.ship_from.country != "US":
        raise refuse_field("shipping_options.packaging", "FedEx One Rate is sold in the US only", "not_in_the_us")


def _build_hold(hold: HoldAtLocation, request: ShipmentRequest) -> Json:
    if not re.fullmatch(r"[0-9A-Za-z]{1,20}", hold.location_id or ""):
        raise refuse_field(f"{HOLD}.location_id", "must have 1 to 20 letters and digits", "bad_location")
    place = {"locationContactAndAddress": build_party(request, f"{HOLD}.address")} if hold.address else {}
    return {"locationId": hold.location_id, **place}


def _build_premium(premium: str, request: ShipmentRequest) -> Json:
    """Build a Home Delivery premium; FedEx calls the recipient's phone number, of ten digits."""
    number = build_party(request, "ship_to")["contact"]["phoneNumber"]
    if len(number) != PHONE_DIGITS:
        raise refuse_field("ship_to.phone", "must have ten digits for a Home Delivery premium", "bad_phone")
    phone = {"areaCode": number[:3], "localNumber": number[3:]}
    return {"homedeliveryPremiumType": premium, "phoneNumber": phone}


def _build_emails(notifications: Notifications, request: ShipmentRequest) -> Json:
    if any(len(email) > MAX_EMAIL for email in notifications.emails):
        problem = f"must have at most {MAX_EMAIL} characters each"
        raise refuse_field("shipping_options.notifications.emails", problem, "too_long")
    events = [_find_value("notifications", event, request) for event in notifications.events]
    recipients = [
        {
            "emailNotificationRecipientType": "OTHER",
            "emailAddress": email,
            "notificationFormatType": "HTML",
            "notificationType": "EMAIL",
            "locale": "en_US",
            "notificationEventType": events,
        }
        for email in notifications.emails
    ]
    return {"aggregationType": "PER_SHIPMENT", "emailNotificationRecipients": recipients}
