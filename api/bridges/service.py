"""Keeping bridges."""

from api.bridges.schemas import BridgeRead, BridgeSettings
from api.connection_service import ConnectionService
from api.connections import shown
from domain.channels import Bridge
from domain.vendors.catalogue import CHANNELS


def view(bridge: Bridge) -> BridgeRead:
    """Show a bridge."""
    return BridgeRead(channel=bridge.channel, **shown(bridge))


BRIDGES: ConnectionService[Bridge] = ConnectionService(
    resource="bridge",
    path="/api/bridges",
    settings=BridgeSettings,
    store=lambda data: data.bridges,
    view=view,
    profile=lambda bridge: CHANNELS[bridge.channel],
)
