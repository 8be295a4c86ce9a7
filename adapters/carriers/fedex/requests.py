"""Our words in FedEx's: pure."""

from datetime import datetime, timedelta

from adapters.carriers.common.checks import check_service, check_shipment, refuse_field
from adapters.carriers.common.label_text import phone_digits, to_address_texts
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.parcels import Address, Parcel
from domain.shipping import ShipmentRequest

PICKUP_TYPE = "DROPOFF_AT_FEDEX_LOCATION"
CONTACT = {"personName": ("name", 70), "companyName": ("company", 35)}
STREET = {"street1": ("street1", 35), "street2": ("street2", 35)}
PLACE = {
    "city": ("city", 35),
    "stateOrProvinceCode": ("state", 35),
    "postalCode": ("postal_code", 10),
    "countryCode": ("country", 2),
}
MIN_DIGITS, MAX_DIGITS = 10, 15
MAX_SIDE = 999
DAY = timedelta(days=1)


def build_purchase(reference: str, request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a purchase; Track finds the parcel by its customer reference, which is `reference`.

    Raises:
        Rejected: FedEx could not take or print it; names the field.
    """
    check_service(request, "FedEx", SERVICES)
    image, stock = LABELS[request.label_format]
    parcel = check_shipment(request, "FedEx")
    package = {
        "sequenceNumber": 1,
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}],
        **_build_parcel(parcel),
    }
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": _build_party(request.ship_from, "ship_from", residential=False),
            "recipients": [
                _build_party(request.ship_to, "ship_to", residential=request.service == "GROUND_HOME_DELIVERY")
            ],
            "pickupType": pickup_type or PICKUP_TYPE,
            "packagingType": "YOUR_PACKAGING",
            "serviceType": SERVICES[request.service],
            "totalWeight": float(to_weight(parcel)),
            "shippingChargesPayment": {"paymentType": "SENDER"},
            "labelSpecification": {"imageType": image, "labelStockType": stock},
            "requestedPackageLineItems": [package],
        },
    }


def build_rate_request(request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a question for prices; raises as `build_purchase` does."""
    parcel = check_shipment(request, "FedEx")
    return {
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": {"address": _build_address(request.ship_from, "ship_from", residential=False)},
            "recipient": {"address": _build_address(request.ship_to, "ship_to", residential=False)},
            "pickupType": pickup_type or PICKUP_TYPE,
            "packagingType": "YOUR_PACKAGING",
            "rateRequestType": ["ACCOUNT"],
            "requestedPackageLineItems": [_build_parcel(parcel)],
        },
    }


def build_cancel(tracking_number: str, account_number: str) -> Json:
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
    number = {"trackingNumberInfo": {"trackingNumber": tracking_number}}
    return {"includeDetailedScans": True, "trackingInfo": [number]}


def _build_parcel(parcel: Parcel) -> Json:
    weight = {"units": "LB", "value": float(to_weight(parcel))}
    sides = {name: int(side) for name, side in to_sides(parcel, maximum=MAX_SIDE).items()}
    return {"weight": weight, **({"dimensions": {**sides, "units": "IN"}} if sides else {})}


def _build_party(address: Address, where: str, *, residential: bool) -> Json:
    contact = {**to_address_texts(address, where, CONTACT), "phoneNumber": _to_phone(address, where)}
    return {"contact": contact, "address": _build_address(address, where, residential=residential)}


def _build_address(address: Address, where: str, *, residential: bool) -> Json:
    lines = list(to_address_texts(address, where, STREET).values())
    return {"streetLines": lines, **to_address_texts(address, where, PLACE), "residential": residential}


def _to_phone(address: Address, where: str) -> str:
    """Write a phone number in digits: FedEx wants one on both ends."""
    digits = phone_digits(address)
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        problem = f"is needed by FedEx, with {MIN_DIGITS} to {MAX_DIGITS} digits"
        raise refuse_field(f"{where}.phone", problem, "phone_needed")
    return digits
