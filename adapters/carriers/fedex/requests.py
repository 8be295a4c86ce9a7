"""Build FedEx's requests. Pure."""

from datetime import datetime, timedelta

from adapters.carriers.common.checks import check_service, check_shipment
from adapters.carriers.common.options import get_carrier_options, get_references
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.carriers.fedex.options import (
    build_label_options,
    build_package_options,
    build_payment,
    build_purchase_options,
    build_references,
    build_shipment_options,
    find_packaging,
)
from adapters.carriers.fedex.parties import build_party, build_place
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.shipping import ShipmentRequest
from domain.vendors.fedex import FEDEX, LIMITS

PICKUP_TYPE = "DROPOFF_AT_FEDEX_LOCATION"
DAY = timedelta(days=1)
MAX_DAYS_AHEAD = max(support.max_days or 0 for support in FEDEX.list_support("ship_date"))


def check_request(request: ShipmentRequest) -> None:
    """Raise Rejected if FedEx would not accept the purchase or, without a service, the request for prices."""
    if request.service:
        build_purchase("", request, "", None)
    else:
        build_rate_request(request, "", None)


def build_purchase(reference: str, request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a purchase; Track finds the parcel by its customer reference, which is `reference`.

    Raises:
        Rejected: FedEx would not accept or print it; names the field.
    """
    check_service(request, "FedEx", SERVICES)
    image, stock = LABELS[request.label_format]
    parcel = check_shipment(request, "FedEx", LIMITS.countries)
    options = request.shipping_options
    own = {"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}
    package = {
        "sequenceNumber": 1,
        "customerReferences": [own, *build_references(get_references(request, LIMITS))],
        **_build_parcel(parcel),
        **_pick(request, "itemDescription"),
        **build_package_options(request),
    }
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": build_party(request, "ship_from"),
            "recipients": [{**build_party(request, "ship_to"), **_pick(request, "deliveryInstructions")}],
            "pickupType": _find_pickup_type(request, pickup_type),
            "packagingType": find_packaging(request),
            "serviceType": SERVICES[request.service],
            "totalWeight": float(to_weight(parcel, maximum=LIMITS.max_pounds)),
            "shippingChargesPayment": build_payment(options.billing, request),
            "labelSpecification": {"imageType": image, **build_label_options(request, stock)},
            "requestedPackageLineItems": [package],
            **build_shipment_options(request),
            **build_purchase_options(request),
        },
    }


def build_rate_request(request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a request for prices; raises as `build_purchase`."""
    ship_date = request.shipping_options.ship_date
    parcel = check_shipment(request, "FedEx", LIMITS.countries)
    return {
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": build_place(request, "ship_from"),
            "recipient": build_place(request, "ship_to"),
            "pickupType": _find_pickup_type(request, pickup_type),
            "packagingType": find_packaging(request),
            "rateRequestType": ["ACCOUNT"],
            "requestedPackageLineItems": [{**_build_parcel(parcel), **build_package_options(request)}],
            **build_shipment_options(request),
            **({"shipDateStamp": ship_date.isoformat()} if ship_date is not None else {}),
        },
    }


def build_cancel(tracking_number: str, account_number: str) -> Json:
    return {
        "accountNumber": {"value": account_number},
        "deletionControl": "DELETE_ALL_PACKAGES",
        "trackingNumber": tracking_number,
    }


def build_reference_query(reference: str, account_number: str, sent_at: datetime) -> Json:
    """Build the query for shipments with a reference.

    FedEx filters by ship date in local days. The range begins a day before the purchase, and ends a day after the
    latest ship date that a purchase can have.
    """
    begin, end = (sent_at - DAY).date(), (sent_at + DAY * (MAX_DAYS_AHEAD + 1)).date()
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
    weight = {"units": "LB", "value": float(to_weight(parcel, maximum=LIMITS.max_pounds))}
    sides = {name: int(side) for name, side in to_sides(parcel, maximum=LIMITS.max_inches).items()}
    return {"weight": weight, **({"dimensions": {**sides, "units": "IN"}} if sides else {})}


def _find_pickup_type(request: ShipmentRequest, usual: str | None) -> str:
    """Return the client's pickup type, else the account's, else the default."""
    return get_carrier_options(request).get("pickupType") or usual or PICKUP_TYPE


def _pick(request: ShipmentRequest, name: str) -> Json:
    """Return one field of `carrier_options` if the client sent it."""
    own = get_carrier_options(request)
    return {name: own[name]} if name in own else {}
