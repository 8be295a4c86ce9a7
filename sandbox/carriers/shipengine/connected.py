"""The carriers that are connected at the simulated ShipEngine account."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.carriers import services
from sandbox.carriers.services import Service


@dataclass(frozen=True, slots=True)
class ConnectedCarrier:
    """One connected carrier.

    Attributes:
        carrier_id: its id at ShipEngine.
        code: ShipEngine's code of the carrier.
        name: the carrier whose tracking numbers and limits it has: usps or ups.
        services: its services by ShipEngine's code.
        has_pieces: whether one label may have several packages.
    """

    carrier_id: str
    code: str
    name: str
    services: Mapping[str, Service]
    has_pieces: bool


def _connect(carrier_id: str, code: str, name: str, *, has_pieces: bool) -> ConnectedCarrier:
    found = services.CARRIERS[name] | services.INTERNATIONAL.get(name, {})
    codes = {f"{name}_{own.lower()}": service for own, service in found.items()}
    return ConnectedCarrier(carrier_id, code, name, codes, has_pieces)


CONNECTED = {
    carrier.carrier_id: carrier
    for carrier in (
        _connect("se-123890", "stamps_com", "usps", has_pieces=False),
        _connect("se-123891", "ups", "ups", has_pieces=True),
    )
}
"""By their ids. USPS is sold through Stamps.com."""


def find_seller(service: str) -> ConnectedCarrier:
    """Return the connected carrier that sells a service."""
    return next(carrier for carrier in CONNECTED.values() if service in carrier.services)
