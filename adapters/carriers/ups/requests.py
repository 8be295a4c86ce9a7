"""Our words in UPS's: pure."""

from datetime import datetime, timedelta

from adapters.carriers.common.label_text import to_label_text
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.ups.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.errors import Rejected
from domain.parcels import Address, Parcel
from domain.shipping import ShipmentRequest

NAME, LINE, CITY, STATE, POSTAL_CODE = 35, 35, 30, 5, 9
MAX_DIGITS = 15
DOMESTIC_DIGITS = 10
MAX_POUNDS = 150
MAX_SIDE = 108
REFERENCE_ON_PARCEL = ("US", "PR")
"""Within these a reference stands on the parcel, elsewhere on the shipment: at the other place it finds nothing."""
STATE_NEEDED = ("US", "CA")
DAYS_BEFORE, DAYS_AFTER = timedelta(days=1), timedelta(days=13)
STOCK = {"Height": "6", "Width": "4"}
BROWSER = "Mozilla/5.0"


def build_purchase(reference: str, request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a purchase.

    Args:
        reference: goes on the parcel or on the shipment, by lane; Tracking finds it by that.
        request: what is bought.
        account_number: ships, and pays.

    Raises:
        Rejected: UPS could not take or print it; names the field.
    """
    if request.service not in SERVICES:
        raise Rejected(
            f"UPS has no service {request.service}; it has {', '.join(SERVICES)}",
            vendor_code="unknown_service",
            field="service",
        )
    shipment = _build_shipment(request, account_number)
    charge = {"Type": "01", "BillShipper": {"AccountNumber": account_number}}
    parcel = {"Packaging": {"Code": "02"}, **_build_parcel(request.parcels[0])}
    noted = {"ReferenceNumber": [{"Value": reference}]}
    on_parcel = request.ship_from.country in REFERENCE_ON_PARCEL
    return {
        "ShipmentRequest": {
            "Request": {"RequestOption": "validate", "TransactionReference": {"CustomerContext": reference}},
            "Shipment": {
                **shipment,
                **({} if on_parcel else noted),
                "PaymentInformation": {"ShipmentCharge": [charge]},
                "Service": {"Code": SERVICES[request.service]},
                "Package": [{**parcel, **(noted if on_parcel else {})}],
            },
            "LabelSpecification": _build_label_specification(request.label_format),
        }
    }


def build_rate_request(request: ShipmentRequest, account_number: str) -> Json:
    """Build the body of a question for prices; raises as `build_purchase` does."""
    charge = {"Type": "01", "BillShipper": {"AccountNumber": account_number}}
    parcel = {"PackagingType": {"Code": "02"}, **_build_parcel(request.parcels[0])}
    return {
        "RateRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "rates"}},
            "Shipment": {
                **_build_shipment(request, account_number),
                "ShipFrom": _build_party(request.ship_from, "ship_from"),
                "PaymentDetails": {"ShipmentCharge": [charge]},
                "Package": [parcel],
            },
        }
    }


def build_recovery(tracking_number: str) -> Json:
    """Build the question for a label's document."""
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
    if request.ship_from.country != request.ship_to.country:
        message = "a UPS shipment over a border needs customs data, which is not sent yet"
        raise Rejected(message, vendor_code="customs_needed", field="ship_to.country")
    if len(request.parcels) != 1:
        raise Rejected("one parcel in a UPS shipment here", vendor_code="too_many_parcels", field="parcels")
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
    pounds = to_weight(parcel, places=1)
    if pounds > MAX_POUNDS:
        field = "parcels.0.weight"
        raise Rejected(f"{field} is over {MAX_POUNDS} pounds", vendor_code="too_heavy", field=field)
    found: Json = {"PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": str(pounds)}}
    sides = to_sides(parcel)
    if sides is not None:
        for name, side in sides.items():
            if side > MAX_SIDE:
                field = f"parcels.0.{name}"
                raise Rejected(f"{field} is over {MAX_SIDE} inches", vendor_code="too_long", field=field)
        # UPS wants the longest side as the length, whatever the parcel's sides are called here.
        names = ("Length", "Width", "Height")
        ordered = dict(zip(names, (str(side) for side in sorted(sides.values(), reverse=True)), strict=True))
        found["Dimensions"] = {"UnitOfMeasurement": {"Code": "IN"}, **ordered}
    return found


def _build_party(address: Address, where: str) -> Json:
    first = "company" if address.company else "name"
    found: Json = {"Name": to_label_text(getattr(address, first), f"{where}.{first}", NAME)}
    if first == "company":
        found["AttentionName"] = to_label_text(address.name, f"{where}.name", NAME)
    phone = _to_phone(address, where)
    if phone:
        found["Phone"] = {"Number": phone}
    return {**found, "Address": _build_address(address, where)}


def _build_address(address: Address, where: str) -> Json:
    lines = [
        to_label_text(getattr(address, name), f"{where}.{name}", LINE)
        for name in ("street1", "street2")
        if getattr(address, name)
    ]
    bare = address.postal_code.replace("-", "").replace(" ", "")
    found = {
        "AddressLine": lines,
        "City": to_label_text(address.city, f"{where}.city", CITY),
        "PostalCode": to_label_text(bare, f"{where}.postal_code", POSTAL_CODE),
        "CountryCode": address.country,
    }
    if address.state:
        found["StateProvinceCode"] = to_label_text(address.state, f"{where}.state", STATE)
    elif address.country in STATE_NEEDED:
        field = f"{where}.state"
        raise Rejected(f"UPS needs {field}, as its code", vendor_code="state_needed", field=field)
    return found


def _to_phone(address: Address, where: str) -> str:
    """Write a phone number in digits; UPS needs none within a country."""
    digits = "".join(char for char in address.phone or "" if char.isascii() and char.isdigit())
    if address.country in STATE_NEEDED and len(digits) == DOMESTIC_DIGITS + 1:
        digits = digits.removeprefix("1")
    if len(digits) > MAX_DIGITS:
        field = f"{where}.phone"
        raise Rejected(f"{field} has more than {MAX_DIGITS} digits", vendor_code="too_long", field=field)
    return digits
