"""Puts together what a label needs: from an operation's input, its order and the carrier account's settings."""

from decimal import Decimal

from domain.errors import Rejected
from domain.json_values import Json, from_json
from domain.orders import Order
from domain.parcels import Address, Parcel
from domain.shipping import ConnectionSettings, ShipmentRequest

DEFAULT_FORMAT = "PDF"


def make_label_request(wanted: Json, order: Order, settings: ConnectionSettings, service: str) -> ShipmentRequest:
    """Return what is asked of the carrier, as the client gave it; see `domain.postal.normal_form`.

    Raises:
        Rejected: the order has no address, or there is no ship-from or no parcel.
    """
    ship_from = from_json(Address, wanted["ship_from"]) if wanted.get("ship_from") else settings.ship_from
    parcels = tuple(from_json(Parcel, parcel) for parcel in wanted.get("parcels") or ()) or settings.default_parcels
    if order.ship_to is None or ship_from is None or not parcels:
        raise Rejected("the order's ship_to, a ship_from or a parcel is missing by now")
    return ShipmentRequest(
        service=service,
        label_format=choose_label_format(wanted, settings),
        ship_from=ship_from,
        ship_to=order.ship_to,
        parcels=parcels,
        value=find_value(order),
        currency=order.currency,
    )


def choose_label_format(wanted: Json, settings: ConnectionSettings) -> str:
    """Return the format that a label is asked for in."""
    return wanted.get("label_format") or settings.label_format or DEFAULT_FORMAT


def find_value(order: Order) -> Decimal | None:
    """Return what an order's goods cost: its total, else what its lines add up to; None if nothing says."""
    total = Decimal(order.total)
    if total <= 0:
        total = sum((Decimal(line.price) * line.quantity for line in order.line_items if line.price), Decimal(0))
    return total if total > 0 else None
