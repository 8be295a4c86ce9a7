"""Our words in UPS's: pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from adapters.carriers.common.checks import check_service, check_shipment, refuse_field
from adapters.carriers.common.label_text import phone_digits, to_address_texts
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.ups.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.parcels import Address, Parcel
from domain.shipping import ShipmentRequest

PERSON = {"Name": ("name", 35)}
COMPANY = {"Name": ("company", 35), "AttentionName": ("name", 35)}
STREET = {"street1": ("street1", 35), "street2": ("street2", 35)}
PLACE = {
    "City": ("city", 30),
    "StateProvinceCode": ("state", 5),
    "PostalCode": ("postal_code", 9),
    "CountryCode": ("country", 2),
}
MAX_DIGITS = 15
MAX_POUNDS = 150
MAX_SIDE = 108
REFERENCE_ON_PARCEL = ("US", "PR")
"""Within these a reference stands on the parcel, elsewhere on the shipment: at the other place it finds nothing."""
STATE_NEEDED = ("US", "CA")
DAYS_BEFORE, DAYS_AFTER = timedelta(days=1), timedelta(days=13)
STOCK = {"Height": "6", "Width": "4"}
BROWSER = "Mozilla/5.0"


def build_purchase(reference: str, request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a purchase; Tracking finds it by `reference`, on the parcel or on the shipment, by lane.

    Raises:
        Rejected: UPS could not take or print it; names the field.
    """
    check_service(request, "UPS", SERVICES)
    package = _build_parcel(check_shipment(request, "UPS"))
    shipment = _build_shipment(request, account_number)
    charge = {"Type": "01", "BillShipper": {"AccountNumber": account_number}}
    references = {"ReferenceNumber": [{"Value": reference}]}
    on_parcel = request.ship_from.country in REFERENCE_ON_PARCEL
    return {
        "ShipmentRequest": {
            "Request": {"RequestOption": "validate", "TransactionReference": {"CustomerContext": reference}},
            "Shipment": {
                **shipment,
                **({} if on_parcel else references),
                "PaymentInformation": {"ShipmentCharge": [charge]},
                "Service": {"Code": SERVICES[request.service]},
                "Package": [{"Packaging": {"Code": "02"}, **package, **(references if on_parcel else {})}],
            },
            "LabelSpecification": _build_label_specification(request.label_format),
        }
    }


def build_rate_request(request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a question for prices; raises as `build_purchase` does."""
    charge = {"Type": "01", "BillShipper": {"AccountNumber": account_number}}
    package = {"PackagingType": {"Code": "02"}, **_build_parcel(check_shipment(request, "UPS"))}
    return {
        "RateRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "rates"}},
            "Shipment": {
                **_build_shipment(request, account_number),
                "ShipFrom": _build_party(request.ship_from, "ship_from"),
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
    """Build the query for the shipments with a reference.

    UPS looks by the day of pickup, in its own days: one before, and as many after as its own default has days.
    """
    begin, end = sent_at - DAYS_BEFORE, sent_at + DAYS_AFTER
    return {
        "locale": "en_US",
        "shipperNum": account_number,
        "refNumType": "SmallPackage",
        "fromPickUpDate": f"{begin:%Y%m%d}",
        "toPickUpDate": f"{end:%Y%m%d}",
    }


def _build_shipment(request: ShipmentRequest, account_number: str) -> Json:
    return {
        "Shipper": {**_build_party(request.ship_from, "ship_from"), "ShipperNumber": account_number},
        "ShipTo": _build_party(request.ship_to, "ship_to"),
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
    }


def _build_label_specification(label_format: str) -> Json:
    image = LABELS[label_format]
    browser = {"HTTPUserAgent": BROWSER} if image == "GIF" else {}
    return {"LabelImageFormat": {"Code": image}, "LabelStockSize": STOCK, **browser}


def _build_parcel(parcel: Parcel) -> Json:
    pounds = str(to_weight(parcel, places=1, maximum=MAX_POUNDS))
    weight = {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": pounds}
    # UPS wants the longest side as the length, whatever the parcel's sides are called here.
    sides = [str(side) for side in sorted(to_sides(parcel, maximum=MAX_SIDE).values(), reverse=True)]
    ordered = dict(zip(("Length", "Width", "Height"), sides, strict=False))
    dimensions = {"Dimensions": {"UnitOfMeasurement": {"Code": "IN"}, **ordered}} if sides else {}
    return {"PackageWeight": weight, **dimensions}


def _build_party(address: Address, where: str) -> Json:
    names = to_address_texts(address, where, COMPANY if address.company else PERSON)
    phone = phone_digits(address)  # UPS needs none within a country
    if len(phone) > MAX_DIGITS:
        raise refuse_field(f"{where}.phone", f"has more than {MAX_DIGITS} digits", "too_long")
    number = {"Phone": {"Number": phone}} if phone else {}
    return {**names, **number, "Address": _build_address(address, where)}


def _build_address(address: Address, where: str) -> Json:
    if address.country in STATE_NEEDED and not address.state:
        raise refuse_field(f"{where}.state", "is needed by UPS, as its code", "state_needed")
    bare = replace(address, postal_code=address.postal_code.replace("-", "").replace(" ", ""))
    return {
        "AddressLine": list(to_address_texts(address, where, STREET).values()),
        **to_address_texts(bare, where, PLACE),
    }
