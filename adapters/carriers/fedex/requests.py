"""Our words in FedEx's: pure."""

from datetime import datetime, timedelta

from adapters.carriers.common.label_text import to_label_text
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.errors import Rejected
from domain.parcels import Address, Parcel
from domain.shipping import ShipmentRequest

PICKUP_TYPE = "DROPOFF_AT_FEDEX_LOCATION"
NAME, COMPANY, LINE, CITY, POSTAL_CODE = 70, 35, 35, 35, 10
MIN_DIGITS, MAX_DIGITS = 10, 15
NORTH_AMERICA = ("US", "CA")
MAX_SIDE = 999
DAY = timedelta(days=1)


def build_purchase(reference: str, request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a purchase.

    Args:
        reference: goes on the parcel as its customer reference, by which Track finds it.
        request: what is bought.
        account_number: pays.
        pickup_type: how FedEx gets the parcel.

    Raises:
        Rejected: FedEx could not take or print it; names the field.
    """
    if request.service not in SERVICES:
        raise Rejected(f"FedEx has no service {request.service}; it has {', '.join(SERVICES)}", field="service")
    image, stock = LABELS[request.label_format]
    shipment = _build_shipment(request, pickup_type)
    parcel = {
        "sequenceNumber": 1,
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}],
        **_build_parcel(request.parcels[0]),
    }
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": _build_party(request.ship_from, "ship_from", residential=False),
            "recipients": [
                _build_party(request.ship_to, "ship_to", residential=request.service == "GROUND_HOME_DELIVERY")
            ],
            **shipment,
            "serviceType": SERVICES[request.service],
            "totalWeight": float(to_weight(request.parcels[0])),
            "shippingChargesPayment": {"paymentType": "SENDER"},
            "labelSpecification": {"imageType": image, "labelStockType": stock},
            "requestedPackageLineItems": [parcel],
        },
    }


def build_rate_request(request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a question for prices; raises as `build_purchase` does."""
    return {
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": {"address": _build_address(request.ship_from, "ship_from", residential=False)},
            "recipient": {"address": _build_address(request.ship_to, "ship_to", residential=False)},
            **_build_shipment(request, pickup_type),
            "rateRequestType": ["ACCOUNT"],
            "requestedPackageLineItems": [_build_parcel(request.parcels[0])],
        },
    }


def build_cancel(tracking_number: str, account_number: str) -> Json:
    """Build the body of a cancel of a whole shipment."""
    return {
        "accountNumber": {"value": account_number},
        "deletionControl": "DELETE_ALL_PACKAGES",
        "trackingNumber": tracking_number,
    }


def build_reference_query(reference: str, account_number: str, sent_at: datetime) -> Json:
    """Build the question for the shipments with a reference; a day more on both sides, for FedEx counts local days."""
    begin, end = (sent_at - DAY).date(), (sent_at + DAY).date()
    return {
        "includeDetailedScans": False,
        "referencesInformation": {
            "type": "CUSTOMER_REFERENCE",
            "value": reference,
            "accountNumber": account_number,
            "shipDateBegin": begin.isoformat(),
            "shipDateEndDate": end.isoformat(),
        },
    }


def build_tracking_query(tracking_number: str) -> Json:
    """Build the question for one parcel."""
    number = {"trackingNumberInfo": {"trackingNumber": tracking_number}}
    return {"includeDetailedScans": True, "trackingInfo": [number]}


def _build_shipment(request: ShipmentRequest, pickup_type: str | None) -> Json:
    if request.ship_from.country != request.ship_to.country:
        message = "a FedEx shipment over a border needs customs data, which is not sent yet"
        raise Rejected(message, vendor_code="customs_needed", field="ship_to.country")
    if len(request.parcels) != 1:
        raise Rejected("one parcel in a FedEx shipment here", vendor_code="too_many_parcels", field="parcels")
    return {"pickupType": pickup_type or PICKUP_TYPE, "packagingType": "YOUR_PACKAGING"}


def _build_parcel(parcel: Parcel) -> Json:
    found: Json = {"weight": {"units": "LB", "value": float(to_weight(parcel))}}
    sides = to_sides(parcel)
    if sides is not None:
        for name, side in sides.items():
            if side > MAX_SIDE:
                field = f"parcels.0.{name}"
                raise Rejected(f"{field} is over {MAX_SIDE} inches", vendor_code="too_long", field=field)
        found["dimensions"] = {**{name: int(side) for name, side in sides.items()}, "units": "IN"}
    return found


def _build_party(address: Address, where: str, *, residential: bool) -> Json:
    contact = {
        "personName": to_label_text(address.name, f"{where}.name", NAME),
        "phoneNumber": _to_phone(address, where),
    }
    if address.company:
        contact["companyName"] = to_label_text(address.company, f"{where}.company", COMPANY)
    return {"contact": contact, "address": _build_address(address, where, residential=residential)}


def _build_address(address: Address, where: str, *, residential: bool) -> Json:
    lines = [
        to_label_text(getattr(address, name), f"{where}.{name}", LINE)
        for name in ("street1", "street2")
        if getattr(address, name)
    ]
    found = {
        "streetLines": lines,
        "city": to_label_text(address.city, f"{where}.city", CITY),
        "postalCode": to_label_text(address.postal_code, f"{where}.postal_code", POSTAL_CODE),
        "countryCode": address.country,
        "residential": residential,
    }
    if address.state:
        found["stateOrProvinceCode"] = to_label_text(address.state, f"{where}.state", LINE)
    return found


def _to_phone(address: Address, where: str) -> str:
    """Write a phone number in digits: FedEx wants one on both ends."""
    digits = "".join(char for char in address.phone or "" if char.isascii() and char.isdigit())
    if address.country in NORTH_AMERICA and len(digits) == MIN_DIGITS + 1:
        digits = digits.removeprefix("1")
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        field = f"{where}.phone"
        message = f"FedEx needs {field}, with {MIN_DIGITS} to {MAX_DIGITS} digits"
        raise Rejected(message, vendor_code="phone_needed", field=field)
    return digits
