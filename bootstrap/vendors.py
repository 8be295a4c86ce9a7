"""Which adapter speaks to which vendor: a new one is one line here, and one in `domain/vendors/catalogue.py`."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from adapters.carriers.easypost import EasyPostCarrier
from adapters.carriers.easypost.webhooks import read_tracking_numbers as easypost_webhook
from adapters.carriers.fedex import FedexCarrier
from adapters.carriers.shipengine import ShipEngineCarrier
from adapters.carriers.ups import UpsCarrier
from adapters.carriers.usps import UspsCarrier
from adapters.channels.amazon import AmazonChannel
from adapters.channels.bigcommerce import BigcommerceChannel
from adapters.channels.shopify import ShopifyChannel
from adapters.channels.woocommerce import WoocommerceChannel
from adapters.http.transport import Destination
from domain.ports.carrier import CarrierPort
from domain.ports.channel import ChannelPort
from domain.shipping import Connection
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
    "easypost": EasyPostCarrier,
    "shipengine": ShipEngineCarrier,
    "fedex": FedexCarrier,
    "usps": UspsCarrier,
    "ups": UpsCarrier,
}
CHANNEL_ADAPTERS: Mapping[str, Callable[[Connection, Destination], OpenChannel]] = {
    "amazon": AmazonChannel,
    "bigcommerce": BigcommerceChannel,
    "woocommerce": WoocommerceChannel,
    "shopify": ShopifyChannel,
}


WEBHOOK_READERS: Mapping[str, WebhookReader] = {"easypost": easypost_webhook}


def carrier_adapter(connection: Connection, destination: Destination) -> OpenCarrier:
    """Make the adapter of an account.

    Raises:
        Rejected: no call can be made with what it holds.
    """
    return CARRIER_ADAPTERS[connection.vendor](connection, destination)


def channel_adapter(connection: Connection, destination: Destination) -> OpenChannel:
    """Make the adapter of a bridge; raises as `carrier_adapter` does."""
    return CHANNEL_ADAPTERS[connection.vendor](connection, destination)
