"""Our words in EasyPost's: pure."""

from datetime import UTC, timedelta

from adapters.carriers.common.label_text import to_label_text
from adapters.carriers.common.units import to_sides, to_weight
from adapters.http.json import Json
from domain.errors import Rejected
from domain.parcels import Address, Parcel
from domain.shipping import PurchaseAttempt, ShipmentRequest

LINE, POSTAL_CODE, PHONE = 100, 20, 30
"""EasyPost names no lengths: each carrier behind it has its own, and cuts or refuses. These are no label's."""
PAGE = 100
SEARCH_MARGIN = timedelta(minutes=10)
"""Shipments are looked for among those created so long before and after a purchase was sent."""


def build_shipment(request: ShipmentRequest, carrier_account_id: str | None, reference: str | None = None) -> Json:
    """Build the body of a new shipment, which costs nothing and comes with prices.

    Args:
        request: what is to be shipped.
        carrier_account_id: the only account at EasyPost to ask for prices; None for all.
        reference: ours, by which it is found; None for one that is never bought.

    Raises:
        Rejected: EasyPost could not take it; names the field.
    """
    if request.ship_from.country != request.ship_to.country:
        message = "an EasyPost shipment over a border needs customs data, which is not sent yet"
        raise Rejected(message, vendor_code="customs_needed", field="ship_to.country")
    if len(request.parcels) != 1:
        raise Rejected("one parcel in an EasyPost shipment here", vendor_code="too_many_parcels", field="parcels")
    found: Json = {
        "to_address": _build_address(request.ship_to, "ship_to"),
        "from_address": _build_address(request.ship_from, "ship_from"),
        "parcel": _build_parcel(request.parcels[0]),
        "options": {"label_format": request.label_format, "label_size": "4x6"},
    }
    if reference is not None:
        found["reference"] = reference
    if carrier_account_id is not None:
        found["carrier_accounts"] = [carrier_account_id]
    return {"shipment": found}


def build_purchase(rate_id: str) -> Json:
    """Build the body of a purchase of a shipment at one of its prices."""
    return {"rate": {"id": rate_id}}


def build_purchase_search(attempt: PurchaseAttempt, before_id: str | None) -> dict[str, str]:
    """Build the question for bought shipments that were made within that time, for EasyPost looks at when.

    `before_id` is the last of the page before.
    """
    begin, end = attempt.first.astimezone(UTC) - SEARCH_MARGIN, attempt.last.astimezone(UTC) + SEARCH_MARGIN
    found = {
        "purchased": "true",
        "page_size": str(PAGE),
        "start_datetime": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_datetime": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return found if before_id is None else {**found, "before_id": before_id}


def _build_parcel(parcel: Parcel) -> Json:
    found: Json = {"weight": float(to_weight(parcel, unit="oz", places=1))}
    sides = to_sides(parcel, places=1)
    return found if sides is None else {**found, **{name: float(side) for name, side in sides.items()}}


def _build_address(address: Address, where: str) -> Json:
    names = {one: one for one in ("name", "company", "street1", "street2", "city", "state") if getattr(address, one)}
    found: Json = {
        theirs: to_label_text(getattr(address, ours), f"{where}.{ours}", LINE) for theirs, ours in names.items()
    }
    found["zip"] = to_label_text(address.postal_code, f"{where}.postal_code", POSTAL_CODE)
    found["country"] = address.country
    if address.phone:
        found["phone"] = to_label_text(address.phone, f"{where}.phone", PHONE)
    return found
