"""Our words in EasyPost's: pure."""

from datetime import UTC, timedelta

from adapters.carriers.common.checks import check_shipment
from adapters.carriers.common.label_text import to_address_texts
from adapters.carriers.common.units import to_sides, to_weight
from adapters.http.json import Json
from domain.parcels import Parcel
from domain.shipping import PurchaseAttempt, ShipmentRequest

LINE, POSTAL_CODE, PHONE = 100, 20, 30
"""EasyPost names no lengths: each carrier behind it has its own, and cuts or refuses. These are no label's."""
ADDRESS = {name: (name, LINE) for name in ("name", "company", "street1", "street2", "city", "state", "country")}
ADDRESS |= {"zip": ("postal_code", POSTAL_CODE), "phone": ("phone", PHONE)}
PAGE = 100
SEARCH_MARGIN = timedelta(minutes=10)
"""Shipments are looked for among those created so long before and after a purchase was sent."""


def build_shipment(request: ShipmentRequest, carrier_account_id: str | None, reference: str | None = None) -> Json:
    """Build the body of a new shipment, which costs nothing and comes with prices.

    Without a `carrier_account_id` all accounts are asked for prices; a shipment without a `reference` is never bought.

    Raises:
        Rejected: EasyPost could not take it; names the field.
    """
    shipment: Json = {
        "parcel": _build_parcel(check_shipment(request, "EasyPost")),
        "to_address": to_address_texts(request.ship_to, "ship_to", ADDRESS),
        "from_address": to_address_texts(request.ship_from, "ship_from", ADDRESS),
        "options": {"label_format": request.label_format, "label_size": "4x6"},
    }
    if reference is not None:
        shipment["reference"] = reference
    if carrier_account_id is not None:
        shipment["carrier_accounts"] = [carrier_account_id]
    return {"shipment": shipment}


def build_purchase(rate_id: str) -> Json:
    return {"rate": {"id": rate_id}}


def build_purchase_search(attempt: PurchaseAttempt, before_id: str | None) -> dict[str, str]:
    """Build the question for bought shipments that were made within that time, for EasyPost looks at when.

    `before_id` is the last of the page before.
    """
    begin, end = attempt.first.astimezone(UTC) - SEARCH_MARGIN, attempt.last.astimezone(UTC) + SEARCH_MARGIN
    query = {
        "purchased": "true",
        "page_size": str(PAGE),
        "start_datetime": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_datetime": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return query if before_id is None else {**query, "before_id": before_id}


def _build_parcel(parcel: Parcel) -> Json:
    sides = {name: float(side) for name, side in to_sides(parcel, places=1).items()}
    return {"weight": float(to_weight(parcel, unit="oz", places=1)), **sides}
