"""Build FedEx's requests. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal

from adapters.carriers.common.checks import check_service, check_shipment
from adapters.carriers.common.options import get_carrier_options, get_references
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.carriers.fedex.customs import build_customs, build_rate_customs, build_tax_ids
from adapters.carriers.fedex.options import (
    build_label_options,
    build_package_options,
    build_purchase_options,
    build_references,
    build_shipment_options,
    find_packaging,
)
from adapters.carriers.fedex.parties import build_party, build_place
from adapters.carriers.fedex.payments import build_payment
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
    _check_parcels(request)
    weights = (_find_pounds(parcel, place) for place, parcel in enumerate(request.parcels))
    options = request.shipping_options
    own = {"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}
    references = [own, *build_references(get_references(request, LIMITS))]
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            **_build_parties(request),
            "pickupType": _find_pickup_type(request, pickup_type),
            "packagingType": find_packaging(request),
            "serviceType": SERVICES[request.service],
            "totalWeight": float(sum(weights)),
            "shippingChargesPayment": build_payment(options.billing, request),
            "labelSpecification": {"imageType": image, **build_label_options(request, stock)},
            "requestedPackageLineItems": [
                _build_package(request, place, references) for place in range(len(request.parcels))
            ],
            **build_shipment_options(request),
            **build_purchase_options(request),
            **build_customs(request, account_number),
        },
    }


def build_rate_request(request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a request for prices; raises as `build_purchase`."""
    ship_date = request.shipping_options.ship_date
    _check_parcels(request)
    return {
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": build_place(request, "ship_from"),
            "recipient": build_place(request, "ship_to"),
            "pickupType": _find_pickup_type(request, pickup_type),
            "packagingType": find_packaging(request),
            "rateRequestType": ["ACCOUNT"],
            "requestedPackageLineItems": [
                {**_build_parcel(request, place), **build_package_options(request)}
                for place in range(len(request.parcels))
            ],
            **build_shipment_options(request),
            **build_rate_customs(request, account_number),
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


def _check_parcels(request: ShipmentRequest) -> None:
    """Check the number of parcels; within a country check the country too, since routes over borders are declared."""
    is_domestic = request.ship_from.country == request.ship_to.country
    support = FEDEX.find_parcel_support(request.service)
    max_parcels = support.max_parcels if support is not None else 1
    check_shipment(request, "FedEx", LIMITS.countries if is_domestic else None, max_parcels=max_parcels)


def _build_parties(request: ShipmentRequest) -> Json:
    """Build the sender and the recipient with their tax ids."""
    customs = request.customs
    sender_ids = build_tax_ids(customs.sender_tax_ids, "sender_tax_ids") if customs is not None else {}
    recipient_ids = build_tax_ids(customs.recipient_tax_ids, "recipient_tax_ids") if customs is not None else {}
    recipient = {**build_party(request, "ship_to"), **_pick(request, "deliveryInstructions"), **recipient_ids}
    return {"shipper": {**build_party(request, "ship_from"), **sender_ids}, "recipients": [recipient]}


def _build_package(request: ShipmentRequest, place: int, references: list[Json]) -> Json:
    """Build one parcel; each has our reference, so that Track finds them all."""
    return {
        "sequenceNumber": place + 1,
        "customerReferences": references,
        **_build_parcel(request, place),
        **_pick(request, "itemDescription"),
        **build_package_options(request),
    }


def _build_parcel(request: ShipmentRequest, place: int) -> Json:
    """Build the weight and the size; with customs data in metric units, the only ones of FedEx's commodities."""
    parcel, is_metric = request.parcels[place], request.customs is not None
    pounds = _find_pounds(parcel, place)
    weight = to_weight(parcel, unit="kg") if is_metric else pounds
    units, weight_unit, side_unit = ("CM", "KG", "cm") if is_metric else ("IN", "LB", "in")
    exact = to_sides(parcel, unit=side_unit, maximum=LIMITS.max_inches, place=place)
    sides = {name: int(side) for name, side in exact.items()}
    size = {"dimensions": {**sides, "units": units}} if sides else {}
    return {"weight": {"units": weight_unit, "value": float(weight)}, **size}


def _find_pounds(parcel: Parcel, place: int) -> Decimal:
    return to_weight(parcel, maximum=LIMITS.max_pounds, place=place)


def _find_pickup_type(request: ShipmentRequest, usual: str | None) -> str:
    """Return the client's pickup type, else the account's, else the default."""
    return get_carrier_options(request).get("pickupType") or usual or PICKUP_TYPE


def _pick(request: ShipmentRequest, name: str) -> Json:
    """Return one field of `carrier_options` if the client sent it."""
    own = get_carrier_options(request)
    return {name: own[name]} if name in own else {}
