"""Creates the adapters named in the profiles of `domain/vendors/`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pkgutil import resolve_name
from typing import Any, Protocol

from adapters.http.transport import Destination
from domain.ports.carrier import CarrierPort
from domain.ports.channel import ChannelPort
from domain.postal.fitting import describe_changes
from domain.postal.refusals import FieldsRefused, refuse_field
from domain.shipping import Connection, ShipmentRequest
from domain.shipping_options import NO_OPTIONS
from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.customs_checks import find_customs_problems
from domain.vendors.option_checks import find_option_problems
from domain.vendors.profile import CarrierProfile
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
    """Check a shipment against the carrier's limits; return notes for the log on its customs data and on changed parts.

    Raises:
        Rejected: the carrier would refuse it; the error has the field.
    """
    check, profile = REQUEST_CHECKS.get(carrier), CARRIERS[carrier]
    if request.shipping_options != NO_OPTIONS:
        _refuse_unsupported(profile, request)
    problems = find_customs_problems(profile, request)
    if problems:
        raise FieldsRefused(problems, "customs_refused")
    if check is not None:
        check(request)
    customs = (request.customs.describe(),) if request.customs is not None else ()
    return customs if profile.limits is None else (*customs, *describe_changes(request, profile.title, profile.limits))


def _refuse_unsupported(profile: CarrierProfile, request: ShipmentRequest) -> None:
    """Raise Rejected if the carrier does not support an option, or no longer accepts the ship date."""
    now, options = datetime.now(UTC), request.shipping_options
    problems = find_option_problems(profile, options, now, service=request.service, label_format=request.label_format)
    if problems:
        raise refuse_field(".".join(map(str, problems[0].path)), problems[0].message, "option_not_supported")
