"""Opens the adapters that the profiles of `domain/vendors/` name."""

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
    """What has connections of its own."""

    @property
    def aclose(self) -> Callable[[], Any]:
        """Close them."""


class OpenCarrier(CarrierPort, Closable, Protocol):
    """A carrier's adapter as it is made: with connections of its own."""


class OpenChannel(ChannelPort, Closable, Protocol):
    """A channel's adapter as it is made: with connections of its own."""


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
    """Make the adapter of an account.

    Raises:
        Rejected: no call can be made with what it holds.
    """
    return CARRIER_ADAPTERS[connection.vendor](connection, destination)


def channel_adapter(connection: Connection, destination: Destination) -> OpenChannel:
    """Make the adapter of a bridge; raises as `carrier_adapter` does."""
    return CHANNEL_ADAPTERS[connection.vendor](connection, destination)


def check_request(carrier: str, request: ShipmentRequest) -> tuple[str, ...]:
    """Return what of a shipment is sent in another form than it has; nothing for a carrier without limits.

    Raises:
        Rejected: the carrier could not take it; names the field.
    """
    check, profile = REQUEST_CHECKS.get(carrier), CARRIERS[carrier]
    if check is not None:
        check(request)
    return () if profile.limits is None else describe_changes(request, profile.title, profile.limits)
