"""Borders: the kind of a shipment's route, and whether it needs customs data."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.customs import Lane
from domain.parcels import Address
from domain.postal.states import MILITARY, TERRITORIES

FREE_TERRITORIES = ("PR", "VI")
"""Territories without customs forms at USPS; the other ones and all military addresses need a form.

Source: Domestic Mail Manual 608.2.3 (American Samoa, Guam, the Northern Mariana Islands and the freely associated
states) and 703.2.3 (military and diplomatic addresses). Its exemption of light mail without goods is not used.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """The route of a shipment: its kind, and the areas of sender and recipient (see `find_area`)."""

    lane: Lane
    origin: str
    destination: str


def find_route(ship_from: Address, ship_to: Address) -> Route:
    """Return the route between two addresses in normal form."""
    return Route(find_lane(ship_from, ship_to), find_area(ship_from), find_area(ship_to))


def find_area(address: Address) -> str:
    """Return the area of an address in normal form: the code of a US territory, else the country."""
    is_territory = address.country == "US" and address.state in TERRITORIES
    return str(address.state) if is_territory else address.country


def find_lane(ship_from: Address, ship_to: Address) -> Lane:
    """Return the kind of the route between two addresses in normal form."""
    if ship_from.country != ship_to.country:
        return Lane.INTERNATIONAL
    if any(side.country == "US" and side.state in MILITARY for side in (ship_from, ship_to)):
        return Lane.MILITARY
    return Lane.DOMESTIC if find_area(ship_from) == find_area(ship_to) else Lane.TERRITORY


def needs_customs(ship_from: Address, ship_to: Address, free_territories: Collection[str] = FREE_TERRITORIES) -> bool:
    """Whether a shipment needs customs data; `free_territories` need none at the carrier, like the states."""
    lane = find_lane(ship_from, ship_to)
    if lane is Lane.TERRITORY:
        return not {find_area(ship_from), find_area(ship_to)} <= {"US", *free_territories}
    return lane is not Lane.DOMESTIC
