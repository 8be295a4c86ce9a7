"""Keeping bridges."""

from api.bridges.schemas import BridgeRead, BridgeSettings
from api.connections.schemas import masked
from api.connections.service import ConnectionService
from domain.channels import Bridge
from domain.errors import BridgeNotFound
from domain.vendors.catalogue import CHANNELS


def view(bridge: Bridge) -> BridgeRead:
    return BridgeRead.of(bridge, credentials=masked(bridge.credential_names))


BRIDGES: ConnectionService[Bridge] = ConnectionService(
    missing=BridgeNotFound,
    path="/api/bridges",
    settings=BridgeSettings,
    store=lambda data: data.bridges,
    view=view,
    profile=lambda bridge: CHANNELS[bridge.channel],
)
