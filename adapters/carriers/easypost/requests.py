"""Build EasyPost's requests. Pure."""

from datetime import UTC, timedelta

from adapters.carriers.common.checks import check_shipment
from adapters.carriers.common.phones import write_phone
from adapters.carriers.common.units import to_sides, to_weight
from adapters.carriers.easypost import customs, options
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.postal.fitting import fit_address
from domain.shipping import PurchaseAttempt, ShipmentRequest
from domain.vendors.easypost import EASYPOST, LIMITS

PAGE = 100
SEARCH_MARGIN = timedelta(minutes=10)
"""The search for a purchase includes shipments that were created this long before and after it."""


def check_request(request: ShipmentRequest) -> None:
    """Raise Rejected if EasyPost would not accept a shipment."""
    build_shipment(request, None)


def build_shipment(request: ShipmentRequest, carrier_account_id: str | None, reference: str | None = None) -> Json:
    """Build the body of a new shipment, which is free and returns prices.

    Without a `carrier_account_id`, all accounts are asked for prices; a shipment without a `reference` is never bought.

    Raises:
        Rejected: EasyPost would not accept it; names the field.
    """
    shipment: Json = {
        "parcel": _build_parcel(check_shipment(request, "EasyPost")),
        "to_address": _build_address(request, "ship_to"),
        "from_address": _build_address(request, "ship_from"),
        "options": {"label_format": request.label_format, "label_size": "4x6"},
    }
    if reference is not None:
        shipment["reference"] = reference
    if carrier_account_id is not None:
        shipment["carrier_accounts"] = [carrier_account_id]
    if request.shipping_options.return_address is not None:
        shipment["return_address"] = _build_address(request, "shipping_options.return_address")
    body = {"shipment": shipment}
    options.write_options(body, request)
    customs.write_customs(body, request)
    return body


def build_purchase(rate_id: str, request: ShipmentRequest) -> Json:
    return {"rate": {"id": rate_id}, **options.build_insurance(request)}


def build_purchase_search(attempt: PurchaseAttempt, before_id: str | None) -> dict[str, str]:
    """Build the query for bought shipments that were created around the purchase; EasyPost filters by creation time.

    `before_id` is the last id of the previous page.
    """
    begin, end = attempt.first.astimezone(UTC) - SEARCH_MARGIN, attempt.last.astimezone(UTC) + SEARCH_MARGIN
    query = {
        "purchased": "true",
        "page_size": str(PAGE),
        "start_datetime": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_datetime": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return query if before_id is None else {**query, "before_id": before_id}


def _build_address(request: ShipmentRequest, where: str) -> Json:
    fitted = fit_address(request, where, EASYPOST.title, LIMITS)
    found = {
        "name": fitted.name,
        "company": fitted.company,
        **dict(zip(("street1", "street2"), fitted.street, strict=False)),
        "city": fitted.city,
        "state": fitted.state,
        "zip": fitted.postal_code,
        "country": fitted.country,
        "phone": write_phone(fitted.phone),
        "residential": fitted.residential,
    }
    return {name: value for name, value in found.items() if value is not None}


def _build_parcel(parcel: Parcel) -> Json:
    sides = {name: float(side) for name, side in to_sides(parcel, places=1).items()}
    # EasyPost weighs in tenths of an ounce.
    return {"weight": float(to_weight(parcel, unit="oz", places=1)), **sides}
