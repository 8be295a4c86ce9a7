"""Build UPS's requests. Pure."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from adapters.carriers.common.checks import check_service, check_shipment
from adapters.carriers.common.phones import to_digits
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.ups.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.postal.fitting import FittedAddress, fit_address
from domain.postal.phones import Phone
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.ups import LIMITS, UPS

REFERENCE_ON_PARCEL = ("US", "PR")
"""Within each of these countries the reference is on the parcel, and elsewhere on the shipment.

UPS accepts it only there, so Tracking finds it only there.
"""
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
CUSTOMERS_OWN_BOX = "02"
"""UPS's code for a parcel in the customer's own packaging."""
TRANSPORTATION = "01"
"""UPS's code for the transportation charges, as opposed to duties and taxes."""
BROWSER = "Mozilla/5.0"


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
    countries = AMERICAN_COUNTRIES if request.service in AMERICAN_SERVICES else None
    package = _build_parcel(check_shipment(request, "UPS", countries))
    sender, recipient = _fit(request, "ship_from"), _fit(request, "ship_to")
    shipment = _build_shipment(sender, recipient, account_number)
    charge = {"Type": TRANSPORTATION, "BillShipper": {"AccountNumber": account_number}}
    references = {"ReferenceNumber": [{"Value": reference}]}
    on_parcel = sender.country == recipient.country and sender.country in REFERENCE_ON_PARCEL
    return {
        "ShipmentRequest": {
            "Request": {"RequestOption": "validate", "TransactionReference": {"CustomerContext": reference}},
            "Shipment": {
                **shipment,
                **_build_declaration(request, sender, recipient),
                **({} if on_parcel else references),
                "PaymentInformation": {"ShipmentCharge": [charge]},
                "Service": {"Code": SERVICES[request.service]},
                "Package": [{"Packaging": {"Code": CUSTOMERS_OWN_BOX}, **package, **(references if on_parcel else {})}],
            },
            "LabelSpecification": _build_label_specification(request.label_format),
        }
    }


def build_rate_request(request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a request for prices; raises as `build_purchase`."""
    charge = {"Type": TRANSPORTATION, "BillShipper": {"AccountNumber": account_number}}
    package = {"PackagingType": {"Code": CUSTOMERS_OWN_BOX}, **_build_parcel(check_shipment(request, "UPS"))}
    sender, recipient = _fit(request, "ship_from"), _fit(request, "ship_to")
    return {
        "RateRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "rates"}},
            "Shipment": {
                **_build_shipment(sender, recipient, account_number),
                "ShipFrom": _build_party(sender),
                "PaymentDetails": {"ShipmentCharge": [charge]},
                "Package": [package],
            },
        }
    }


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


def _fit(request: ShipmentRequest, where: str) -> FittedAddress:
    return fit_address(request, where, UPS.title, LIMITS)


def _build_shipment(sender: FittedAddress, recipient: FittedAddress, account_number: str) -> Json:
    party = _build_party(recipient)
    if recipient.residential:
        party["Address"]["ResidentialAddressIndicator"] = ""  # the empty field means yes
    return {
        "Shipper": {**_build_party(sender), "ShipperNumber": account_number},
        "ShipTo": party,
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
    }


def _build_declaration(request: ShipmentRequest, sender: FittedAddress, recipient: FittedAddress) -> Json:
    """Build the declaration between countries of UPS's list, such as from the US to Puerto Rico."""
    is_abroad = sender.country != recipient.country
    _check_phones(sender if is_abroad else None, recipient if is_abroad or request.service == EARLY else None)
    if not is_abroad:
        return {}
    value = max(MIN_VALUE, min(request.value or MIN_VALUE, MAX_VALUE)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    total = {"CurrencyCode": request.currency or "USD", "MonetaryValue": str(value)}
    needs_total = sender.country == "US" and recipient.country == "PR"
    return {"Description": DESCRIPTION, **({"InvoiceLineTotal": total} if needs_total else {})}


def _check_phones(sender: FittedAddress | None, recipient: FittedAddress | None) -> None:
    """Refuse a side without a phone number that UPS needs; None for a side that needs none."""
    for where, fitted in (("ship_from", sender), ("ship_to", recipient)):
        if fitted is not None and fitted.phone is None:
            problem = f"is required: UPS needs it between the US and its territories, and for {EARLY}"
            raise refuse_field(f"{where}.phone", problem, "phone_needed")


def _build_label_specification(label_format: str) -> Json:
    image = LABELS[label_format]
    browser = {"HTTPUserAgent": BROWSER} if image == "GIF" else {}
    return {"LabelImageFormat": {"Code": image}, "LabelStockSize": STOCK, **browser}


def _build_parcel(parcel: Parcel) -> Json:
    pounds = str(to_weight(parcel, places=1, maximum=LIMITS.max_pounds))
    weight = {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": pounds}
    # UPS defines the length as the longest side.
    sides = [str(side) for side in sorted(to_sides(parcel, maximum=LIMITS.max_inches).values(), reverse=True)]
    ordered = dict(zip(("Length", "Width", "Height"), sides, strict=False))
    dimensions = {"Dimensions": {"UnitOfMeasurement": {"Code": "IN"}, **ordered}} if sides else {}
    return {"PackageWeight": weight, **dimensions}


def _build_party(fitted: FittedAddress) -> Json:
    """Build a party's names and address; some lanes and services need AttentionName, and all accept it."""
    phone = {"Phone": _build_phone(fitted.phone)} if fitted.phone is not None else {}
    names = {"Name": fitted.company or fitted.name, "AttentionName": fitted.name}
    return {**names, **phone, "Address": _build_address(fitted)}


def _build_phone(phone: Phone) -> Json:
    return {"Number": to_digits(phone), **({"Extension": phone.extension} if phone.extension else {})}


def _build_address(fitted: FittedAddress) -> Json:
    return {
        "AddressLine": list(fitted.street),
        "City": fitted.city,
        **({"StateProvinceCode": fitted.state} if fitted.state else {}),
        "PostalCode": fitted.postal_code.replace("-", "").replace(" ", ""),
        "CountryCode": fitted.country,
    }
