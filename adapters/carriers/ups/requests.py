"""Build UPS's requests. Pure."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from adapters.carriers.common.checks import check_service, check_shipment
from adapters.carriers.common.options import get_carrier_options, get_references, require_value
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.ups.codes import LABELS, SERVICES
from adapters.carriers.ups.customs import build_duties, build_forms, build_registration, build_tax_ids, describe_goods
from adapters.carriers.ups.options import (
    Lane,
    build_hold,
    build_notifications,
    build_package_options,
    build_references,
    build_service_options,
    find_packaging,
)
from adapters.carriers.ups.parties import build_party, fit
from adapters.carriers.ups.payments import build_charge
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.postal.fitting import FittedAddress
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.ups import LIMITS, UPS
from domain.vendors.ups_options import PRESENT

EARLY = "NEXT_DAY_AIR_EARLY"
AMERICAN_SERVICES = (
    "GROUND", "3_DAY_SELECT", "2ND_DAY_AIR", "2ND_DAY_AIR_AM", "NEXT_DAY_AIR_SAVER", "NEXT_DAY_AIR", EARLY,
)  # fmt: skip
AMERICAN_COUNTRIES = ("US", "CA")
DESCRIPTION = "Merchandise"
"""The description of the goods that UPS needs between the US and its territories."""
MIN_VALUE, MAX_VALUE = Decimal(1), Decimal(99_999_999)
"""The range of InvoiceLineTotal in UPS's description of Shipping."""
DAYS_BEFORE, DAYS_AFTER = timedelta(days=1), timedelta(days=13)
STOCK = {"Height": "6", "Width": "4"}
"""The size of the label, in inches."""
SUB_VERSION = "1801"
"""UPS itemizes the charges in its answer from subversion 1601 on."""
BROWSER = "Mozilla/5.0"
PAK = "04"


def check_request(request: ShipmentRequest) -> None:
    """Raise Rejected if UPS would not accept the purchase or, without a service, the request for prices.

    Building the request checks it; the body itself is not needed.
    """
    if request.service:
        build_purchase("", request, "")
    else:
        build_rate_request(request, "")


def build_purchase(reference: str, request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a purchase; its `reference` is on the parcel or on the shipment, depending on the lane.

    Raises:
        Rejected: UPS would not accept or print it; names the field.
    """
    check_service(request, "UPS", SERVICES)
    _check_parcels(request)
    sender, recipient = fit(request, "ship_from"), fit(request, "ship_to")
    lane, options = Lane(sender.country, recipient.country), request.shipping_options
    ends = (lane.origin, lane.destination)
    references = build_references(reference, get_references(request, LIMITS), lane)
    on_parcel = lane.has_parcel_references
    notifications = build_notifications(request, lane)
    services = {
        **build_service_options(request, lane),
        **({"Notification": notifications} if notifications else {}),
        **build_forms(request, reference, recipient),
    }
    return {
        "ShipmentRequest": {
            "Request": _build_request(reference, request),
            "Shipment": {
                **_build_shipment(request, sender, recipient, account_number, build_registration(request.customs)),
                **_build_declaration(request, sender, recipient),
                **build_tax_ids(request.customs, ends),
                **({} if on_parcel else references),
                "PaymentInformation": {
                    "ShipmentCharge": [
                        build_charge(options.billing, account_number, lane.origin),
                        *build_duties(request.customs, account_number, ends),
                    ]
                },
                "Service": {"Code": SERVICES[request.service]},
                "Package": [
                    _build_package(request, place, lane, references if on_parcel else {})
                    for place in range(len(request.parcels))
                ],
                **({"ShipmentServiceOptions": services} if services else {}),
                **build_hold(request, recipient, is_purchase=True),
                **({"ShipmentDate": f"{options.ship_date:%Y%m%d}"} if options.ship_date is not None else {}),
            },
            "LabelSpecification": _build_label_specification(request),
        }
    }


def build_rate_request(request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a request for prices; raises as `build_purchase`."""
    _check_parcels(request)
    sender, recipient = fit(request, "ship_from"), fit(request, "ship_to")
    lane = Lane(sender.country, recipient.country)
    services = build_service_options(request, lane)
    packaging, options = find_packaging(request), build_package_options(request, lane)
    packages = [
        {"PackagingType": {"Code": packaging}, **_build_parcel(parcel, place), **options}
        for place, parcel in enumerate(request.parcels)
    ]
    charge = build_charge(request.shipping_options.billing, account_number, lane.origin)
    is_export = lane.origin in ("US", "PR") and lane.destination not in ("US", "PR")
    needs_total = is_export and packaging == PAK
    return {
        "RateRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "rates"}},
            "Shipment": {
                "ShipFrom": build_party(sender),
                **_build_shipment(request, sender, recipient, account_number, {}),
                **(_build_invoice_total(request) if needs_total else {}),
                "PaymentDetails": {"ShipmentCharge": [charge]},
                "Package": packages,
                **({"ShipmentServiceOptions": services} if services else {}),
                **build_hold(request, recipient, is_purchase=False),
            },
        }
    }


def _check_parcels(request: ShipmentRequest) -> None:
    """Check the number of parcels, and the countries of services within the US and Canada.

    The answer to a purchase has no PDF, and Label Recovery is documented for one parcel: several are sold as ZPL.
    """
    countries = AMERICAN_COUNTRIES if request.service in AMERICAN_SERVICES else None
    support = UPS.find_parcel_support(request.service)
    check_shipment(request, "UPS", countries, max_parcels=support.max_parcels if support is not None else 1)
    if request.service and len(request.parcels) > 1 and request.label_format != "ZPL":
        raise refuse_field("label_format", "must be ZPL for several parcels with UPS", "zpl_needed")


def build_recovery(tracking_number: str) -> Json:
    return {
        "LabelRecoveryRequest": {
            "Request": {"TransactionReference": {"CustomerContext": tracking_number}},
            "LabelSpecification": {"LabelImageFormat": {"Code": "PDF"}, "LabelStockSize": STOCK},
            "TrackingNumber": tracking_number,
        }
    }


def build_reference_query(account_number: str, sent_at: datetime) -> dict[str, str]:
    """Build the query for shipments with a reference.

    UPS filters by pickup date, in its own time zone. The range is 14 days long, like UPS's default: it begins one day
    before the purchase and ends 13 days after it.
    """
    begin, end = sent_at - DAYS_BEFORE, sent_at + DAYS_AFTER
    return {
        "locale": "en_US",
        "shipperNum": account_number,
        "refNumType": "SmallPackage",
        "fromPickUpDate": f"{begin:%Y%m%d}",
        "toPickUpDate": f"{end:%Y%m%d}",
    }


def _build_request(reference: str, request: ShipmentRequest) -> Json:
    """Build the header of a purchase; UPS checks the city, state and postal code unless the client turns it off."""
    wanted = request.shipping_options.address_validation
    check = "validate" if wanted is None else require_value(UPS, "address_validation", wanted, request)
    context = {"CustomerContext": reference}
    return {"RequestOption": check, "SubVersion": SUB_VERSION, "TransactionReference": context}


def _build_shipment(
    request: ShipmentRequest, sender: FittedAddress, recipient: FittedAddress, account_number: str, registration: Json
) -> Json:
    party = build_party(recipient)
    if recipient.residential:
        party["Address"]["ResidentialAddressIndicator"] = ""  # the empty field means yes
    rating = {"NegotiatedRatesIndicator": "Y"}
    if get_carrier_options(request).get("UserLevelDiscountIndicator"):
        rating["UserLevelDiscountIndicator"] = PRESENT
    shipper, origin = sender, {}
    if request.shipping_options.return_address is not None:
        shipper = _fit_return_address(request, sender)
    if registration or shipper is not sender:
        origin = {"ShipFrom": {**build_party(sender), **registration}}
    return {
        "Shipper": {**build_party(shipper), "ShipperNumber": account_number},
        "ShipTo": party,
        **origin,
        "ShipmentRatingOptions": rating,
    }


def _fit_return_address(request: ShipmentRequest, sender: FittedAddress) -> FittedAddress:
    """Return the address that UPS prints as the shipper's; raises Rejected if it is in another country."""
    fitted = fit(request, "shipping_options.return_address")
    if fitted.country != sender.country:
        problem = "must be in the country of ship_from"
        raise refuse_field("shipping_options.return_address.country", problem, "other_country")
    return fitted


def _build_declaration(request: ShipmentRequest, sender: FittedAddress, recipient: FittedAddress) -> Json:
    """Build the description and the value between countries of UPS's list, such as from the US to Puerto Rico."""
    is_abroad = sender.country != recipient.country
    _check_phones(sender if is_abroad else None, recipient if is_abroad or request.service == EARLY else None)
    if not is_abroad:
        return {}
    needs_total = sender.country == "US" and recipient.country in ("PR", "CA")
    description = DESCRIPTION if request.customs is None else describe_goods(request.customs)
    return {"Description": description, **(_build_invoice_total(request) if needs_total else {})}


def _build_invoice_total(request: ShipmentRequest) -> Json:
    """Build the value of the goods, within UPS's range."""
    customs = request.customs
    goods_value = request.value if customs is None else customs.total_value
    value = max(MIN_VALUE, min(goods_value or MIN_VALUE, MAX_VALUE)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    currency = request.currency if customs is None else customs.currency
    return {"InvoiceLineTotal": {"CurrencyCode": currency or "USD", "MonetaryValue": str(value)}}


def _check_phones(sender: FittedAddress | None, recipient: FittedAddress | None) -> None:
    """Refuse a side without a phone number that UPS needs; None for a side that needs none."""
    for where, fitted in (("ship_from", sender), ("ship_to", recipient)):
        if fitted is not None and fitted.phone is None:
            problem = f"is required: UPS needs it over borders, between the US and its territories, and for {EARLY}"
            raise refuse_field(f"{where}.phone", problem, "phone_needed")


def _build_label_specification(request: ShipmentRequest) -> Json:
    image, label = LABELS[request.label_format], request.shipping_options.label
    size = label.size if label is not None else None
    height = STOCK["Height"] if size is None else require_value(UPS, "label.size", size, request)
    browser = {"HTTPUserAgent": BROWSER} if image == "GIF" else {}
    stock = {**STOCK, "Height": height}
    return {
        "LabelImageFormat": {"Code": image},
        "LabelStockSize": stock,
        **browser,
        **_pick(request, "CharacterSet"),
    }


def _pick(request: ShipmentRequest, name: str) -> Json:
    """Return one field of `carrier_options` if the client sent it."""
    own = get_carrier_options(request)
    return {name: own[name]} if name in own else {}


def _build_package(request: ShipmentRequest, place: int, lane: Lane, references: Json) -> Json:
    """Build one parcel of a purchase; each has the references that belong on parcels."""
    return {
        "Packaging": {"Code": find_packaging(request)},
        **_build_parcel(request.parcels[place], place),
        **references,
        **_pick(request, "Description"),
        **build_package_options(request, lane),
    }


def _build_parcel(parcel: Parcel, place: int) -> Json:
    pounds = str(to_weight(parcel, places=1, maximum=LIMITS.max_pounds, place=place))
    weight = {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": pounds}
    # UPS defines the length as the longest side.
    exact = to_sides(parcel, maximum=LIMITS.max_inches, place=place)
    sides = [str(side) for side in sorted(exact.values(), reverse=True)]
    ordered = dict(zip(("Length", "Width", "Height"), sides, strict=False))
    dimensions = {"Dimensions": {"UnitOfMeasurement": {"Code": "IN"}, **ordered}} if sides else {}
    return {"PackageWeight": weight, **dimensions}
