"""Convert shipments to normal form, for purchases, rates and the checks before them."""

from dataclasses import replace

from domain.parcels import Address
from domain.postal.phones import read_phone
from domain.postal.places import home_country, normalize_place
from domain.postal.refusals import refuse_field
from domain.postal.states import TERRITORIES
from domain.shipping import ConnectionSettings, ShipmentRequest
from domain.shipping_options import ShippingOptions


def normalize_shipment(request: ShipmentRequest, settings: ConnectionSettings) -> ShipmentRequest:
    """Return a shipment with both addresses in normal form and the account's phone number; see `normalize_address`.

    Raises:
        Rejected: an address contradicts itself; names the field.
    """
    options = normalize_options(request.shipping_options)
    shipment = replace(request, default_phone=settings.default_phone, shipping_options=options)
    _refuse_foreign_return(options, request.ship_from.country)
    return replace(
        shipment,
        ship_from=normalize_address(request.ship_from, "ship_from"),
        ship_to=normalize_address(request.ship_to, "ship_to"),
    )


def _refuse_foreign_return(options: ShippingOptions, country: str) -> None:
    back = options.return_address
    if back is not None and home_country(back.country) != home_country(country):
        problem = f"must be {home_country(country)}, the country of ship_from"
        raise refuse_field("shipping_options.return_address.country", problem, "foreign_return_address")


def normalize_options(options: ShippingOptions) -> ShippingOptions:
    """Return options with their addresses in normal form; raises as `normalize_shipment`."""
    back, hold = options.return_address, options.hold_at_location
    if back is not None:
        options = replace(options, return_address=normalize_address(back, "shipping_options.return_address"))
    if hold is not None and hold.address is not None:
        address = normalize_address(hold.address, "shipping_options.hold_at_location.address")
        options = replace(options, hold_at_location=replace(hold, address=address))
    return options


def normalize_address(address: Address, where: str) -> Address:
    """Return an address with its state code, postal code and phone number in normal form.

    A phone number is written as in RFC 3966, such as `+14155550136;ext=51023`. Text that is not a phone number is kept,
    so that the check for a carrier that needs a number can report it.
    """
    placed = normalize_place(address, where)
    if not placed.phone:
        return placed
    phone = read_phone(placed.phone, phone_country(placed)) or read_phone(placed.phone, placed.country)
    return replace(placed, phone=str(phone)) if phone is not None else placed


def phone_country(address: Address) -> str:
    """Return the country whose numbering plan applies: US territories have area codes or plans of their own."""
    return str(address.state) if address.country == "US" and address.state in TERRITORIES else address.country
