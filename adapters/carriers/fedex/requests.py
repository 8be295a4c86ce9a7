"""Build FedEx's requests. Pure."""

from datetime import datetime, timedelta

from adapters.carriers.common.checks import check_service, check_shipment
from adapters.carriers.common.phones import to_digits
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.postal.fitting import FittedAddress, fit_address
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.fedex import FEDEX, LIMITS

PICKUP_TYPE = "DROPOFF_AT_FEDEX_LOCATION"
HOME_DELIVERY = "GROUND_HOME_DELIVERY"
DAY = timedelta(days=1)


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
    package = {
        "sequenceNumber": 1,
        "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": reference}],
        **_build_parcel(parcel),
    }
    return {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": _build_party(request, "ship_from"),
            "recipients": [_build_party(request, "ship_to")],
            "pickupType": pickup_type or PICKUP_TYPE,
            "packagingType": "YOUR_PACKAGING",
            "serviceType": SERVICES[request.service],
            "totalWeight": float(to_weight(parcel, maximum=LIMITS.max_pounds)),
            "shippingChargesPayment": {"paymentType": "SENDER"},
            "labelSpecification": {"imageType": image, "labelStockType": stock},
            "requestedPackageLineItems": [package],
        },
    }


def build_rate_request(request: ShipmentRequest, account_number: str, pickup_type: str | None) -> Json:
    """Build the body of a request for prices; raises as `build_purchase`."""
    parcel = check_shipment(request, "FedEx", LIMITS.countries)
    return {
        "accountNumber": {"value": account_number},
        "requestedShipment": {
            "shipper": {"address": _build_address(_fit(request, "ship_from"))},
            "recipient": {"address": _build_address(_fit(request, "ship_to"))},
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
    """Build the query for shipments with a reference, with a day's margin because FedEx counts local days."""
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
    weight = {"units": "LB", "value": float(to_weight(parcel, maximum=LIMITS.max_pounds))}
    sides = {name: int(side) for name, side in to_sides(parcel, maximum=LIMITS.max_inches).items()}
    return {"weight": weight, **({"dimensions": {**sides, "units": "IN"}} if sides else {})}


def _fit(request: ShipmentRequest, where: str) -> FittedAddress:
    return fit_address(request, where, FEDEX.title, LIMITS)


def _build_party(request: ShipmentRequest, where: str) -> Json:
    fitted = _fit(request, where)
    contact = {"personName": fitted.name, **({"companyName": fitted.company} if fitted.company else {})}
    if fitted.phone is not None:
        contact["phoneNumber"] = to_digits(fitted.phone)
        if fitted.phone.extension:
            contact["phoneExtension"] = fitted.phone.extension
    address = _build_address(fitted)
    if where == "ship_to" and request.service == HOME_DELIVERY:
        address["residential"] = _check_residence(fitted)
    return {"contact": contact, "address": address}


def _build_address(fitted: FittedAddress) -> Json:
    return {
        "streetLines": list(fitted.street),
        "city": fitted.city,
        **({"stateOrProvinceCode": fitted.state} if fitted.state else {}),
        "postalCode": fitted.postal_code,
        "countryCode": fitted.country,
        **({} if fitted.residential is None else {"residential": fitted.residential}),
    }


def _check_residence(fitted: FittedAddress) -> bool:
    """Return the residential flag for Home Delivery, which serves only residences: unknown counts as residential."""
    if fitted.residential is False:
        raise refuse_field(
            "service", "is Home Delivery, but ship_to.residential is false: use GROUND", "not_residential"
        )
    return True
