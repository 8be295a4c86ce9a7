"""Build the request for a label from the operation's input, its order and the carrier account's settings."""

from decimal import Decimal

from domain.customs import merge_customs
from domain.errors import Rejected
from domain.json_values import Json, from_json
from domain.orders import Order
from domain.parcels import Address, Parcel
from domain.shipping import ConnectionSettings, ShipmentRequest
from domain.shipping_options import merge_options

DEFAULT_FORMAT = "PDF"


def make_label_request(wanted: Json, order: Order, settings: ConnectionSettings, service: str) -> ShipmentRequest:
    """Return the request to the carrier as the client gave it; `domain.postal.normal_form` normalizes it.

    Raises:
        Rejected: the order's address, the ship-from or the parcels are missing, or an erasure removed parts of the
            input.
    """
    try:
        return _make_label_request(wanted, order, settings, service)
    except (TypeError, ValueError):
        raise Rejected("parts of the input were removed after the operation was created") from None


def _make_label_request(wanted: Json, order: Order, settings: ConnectionSettings, service: str) -> ShipmentRequest:
    ship_from = from_json(Address, wanted["ship_from"]) if wanted.get("ship_from") else settings.ship_from
    parcels = tuple(from_json(Parcel, parcel) for parcel in wanted.get("parcels") or ()) or settings.default_parcels
    if order.ship_to is None or ship_from is None or not parcels:
        raise Rejected("ship_to, ship_from or parcel data was removed after the operation was created")
    return ShipmentRequest(
        service=service,
        label_format=choose_label_format(wanted, settings),
        ship_from=ship_from,
        ship_to=order.ship_to,
        parcels=parcels,
        value=find_value(order),
        currency=order.currency,
        shipping_options=merge_options(settings.shipping_defaults, wanted.get("shipping_options")),
        customs=merge_customs(settings.customs_defaults, wanted.get("customs")),
    )


def choose_label_format(wanted: Json, settings: ConnectionSettings) -> str:
    """Return the label format of the request, else of the account, else the default."""
    return wanted.get("label_format") or settings.label_format or DEFAULT_FORMAT


def find_value(order: Order) -> Decimal | None:
    """Return the value of an order's goods: its total, else the sum of its lines; None if neither is above zero."""
    total = Decimal(order.total)
    if total <= 0:
        total = sum((Decimal(line.price) * line.quantity for line in order.line_items if line.price), Decimal(0))
    return total if total > 0 else None
