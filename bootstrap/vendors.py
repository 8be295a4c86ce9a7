"""Creates the adapters named in the profiles of `domain/vendors/`."""

from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any, Protocol

from adapters.http.transport import Destination
from domain.ports.carrier import CarrierPort
from domain.ports.channel import ChannelPort
from domain.postal.fitting import describe_changes
from domain.shipping import Connection, ShipmentRequest
from domain.vendors.catalogue import CARRIERS, CHANNELS
from engine.carrier_queries import WebhookReader


class Closable(Protocol):
    """An object with connections to close."""

    @property
    def aclose(self) -> Callable[[], Any]:
        """Close the connections."""


class OpenCarrier(CarrierPort, Closable, Protocol):
    """A carrier's adapter with connections to close."""


class OpenChannel(ChannelPort, Closable, Protocol):
    """A channel's adapter with connections to close."""


CARRIER_ADAPTERS: Mapping[str, Callable[[Connection, Destination], OpenCarrier]] = {
    name: resolve_name(profile.adapter) for name, profile in CARRIERS.items()
}
CHANNEL_ADAPTERS: Mapping[str, Callable[[Connection, Destination], OpenChannel]] = {
    name: resolve_name(profile.adapter) for name, profile in CHANNELS.items()
}
REQUEST_CHECKS: Mapping[str, Callable[[ShipmentRequest], None]] = {
    name: resolve_name(profile.request_check) for name, profile in CARRIERS.items() if profile.request_check
}
WEBHOOK_READERS: Mapping[str, WebhookReader] = {
    name: resolve_name(profile.webhook_reader) for name, profile in CARRIERS.items() if profile.webhook_reader
}


def carrier_adapter(connection: Connection, destination: Destination) -> OpenCarrier:
    """Create the adapter of an account.

    Raises:
        Rejected: its credentials or options cannot form a call.
    """
    return CARRIER_ADAPTERS[connection.vendor](connection, destination)


def channel_adapter(connection: Connection, destination: Destination) -> OpenChannel:
    """Create the adapter of a bridge; raises as `carrier_adapter` does."""
    return CHANNEL_ADAPTERS[connection.vendor](connection, destination)


def check_request(carrier: str, request: ShipmentRequest) -> tuple[str, ...]:
    """Check a shipment against the carrier's limits; return the changes that the adapter makes to it.

    Raises:
        Rejected: the carrier would refuse it; the error has the field.
    """
    check, profile = REQUEST_CHECKS.get(carrier), CARRIERS[carrier]
    if check is not None:
        check(request)
    return () if profile.limits is None else describe_changes(request, profile.title, profile.limits)
