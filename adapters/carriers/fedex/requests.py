"""Our words in FedEx's: pure."""

from datetime import datetime, timedelta
from typing import Any

from adapters.carriers.common.label_text import printed
from adapters.carriers.common.units import size, weight
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.errors import Rejected
from domain.shipping import ShipmentRequest

PICKUP_TYPE = "DROPOFF_AT_FEDEX_LOCATION"
NAME, COMPANY, LINE, CITY, POSTAL_CODE = 70, 35, 35, 35, 10
FEWEST_DIGITS, MOST_DIGITS = 10, 15
NORTH_AMERICA = ("US", "CA")
LONGEST_SIDE = 999
DAY = timedelta(days=1)


def purchase(reference: str, request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
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
    shipment = _shipment(request, pickup_type)
    parcel = {
        "sequenceNumber": 1,
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}],
        **_parcel(request.parcels[0]),
    }
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": _party(request.ship_from, "ship_from", residential=False),
            "recipients": [_party(request.ship_to, "ship_to", residential=request.service == "GROUND_HOME_DELIVERY")],
            **shipment,
            "serviceType": SERVICES[request.service],
            "totalWeight": float(weight(request.parcels[0], 0)),
            "shippingChargesPayment": {"paymentType": "SENDER"},
            "labelSpecification": {"imageType": image, "labelStockType": stock},
            "requestedPackageLineItems": [parcel],
        },
    }


def quote(request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a question for prices; raises as `purchase` does."""
    return {
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": {"address": _address(request.ship_from, "ship_from", residential=False)},
            "recipient": {"address": _address(request.ship_to, "ship_to", residential=False)},
            **_shipment(request, pickup_type),
            "rateRequestType": ["ACCOUNT"],
            "requestedPackageLineItems": [_parcel(request.parcels[0])],
        },
    }


def cancel(tracking_number: str, account_number: str) -> Json:
    """Build the body of a cancel of a whole shipment."""
    return {
        "accountNumber": {"value": account_number},
        "deletionControl": "DELETE_ALL_PACKAGES",
        "trackingNumber": tracking_number,
    }


def by_reference(reference: str, account_number: str, sent_at: datetime) -> Json:
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


def by_tracking_number(tracking_number: str) -> Json:
    """Build the question for one parcel."""
    number = {"trackingNumberInfo": {"trackingNumber": tracking_number}}
    return {"includeDetailedScans": True, "trackingInfo": [number]}


def _shipment(request: ShipmentRequest, pickup_type: str | None) -> Json:
    if request.ship_from["country"] != request.ship_to["country"]:
        message = "a FedEx shipment over a border needs customs data, which is not sent yet"
        raise Rejected(message, vendor_code="customs_needed", field="ship_to.country")
    if len(request.parcels) != 1:
        raise Rejected("one parcel in a FedEx shipment here", vendor_code="too_many_parcels", field="parcels")
    return {"pickupType": pickup_type or PICKUP_TYPE, "packagingType": "YOUR_PACKAGING"}


def _parcel(parcel: dict[str, Any]) -> Json:
    found: Json = {"weight": {"units": "LB", "value": float(weight(parcel, 0))}}
    sides = size(parcel, 0)
    if sides is not None:
        for name, side in sides.items():
            if side > LONGEST_SIDE:
                field = f"parcels.0.{name}"
                raise Rejected(f"{field} is over {LONGEST_SIDE} inches", vendor_code="too_long", field=field)
        found["dimensions"] = {**{name: int(side) for name, side in sides.items()}, "units": "IN"}
    return found


def _party(address: dict[str, Any], where: str, *, residential: bool) -> Json:
    contact = {
        "personName": printed(address["name"], f"{where}.name", NAME),
        "phoneNumber": _phone(address, where),
    }
    if address.get("company"):
        contact["companyName"] = printed(address["company"], f"{where}.company", COMPANY)
    return {"contact": contact, "address": _address(address, where, residential=residential)}


def _address(address: dict[str, Any], where: str, *, residential: bool) -> Json:
    lines = [printed(address[name], f"{where}.{name}", LINE) for name in ("street1", "street2") if address.get(name)]
    found = {
        "streetLines": lines,
        "city": printed(address["city"], f"{where}.city", CITY),
        "postalCode": printed(address["postal_code"], f"{where}.postal_code", POSTAL_CODE),
        "countryCode": address["country"],
        "residential": residential,
    }
    if address.get("state"):
        found["stateOrProvinceCode"] = printed(address["state"], f"{where}.state", LINE)
    return found


def _phone(address: dict[str, Any], where: str) -> str:
    """Write a phone number in digits: FedEx wants one on both ends."""
    digits = "".join(char for char in address.get("phone") or "" if char.isascii() and char.isdigit())
    if address["country"] in NORTH_AMERICA and len(digits) == FEWEST_DIGITS + 1:
        digits = digits.removeprefix("1")
    if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        field = f"{where}.phone"
        message = f"FedEx needs {field}, with {FEWEST_DIGITS} to {MOST_DIGITS} digits"
        raise Rejected(message, vendor_code="phone_needed", field=field)
    return digits
