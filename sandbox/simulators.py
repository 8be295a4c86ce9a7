"""Registry of the vendors' simulators, each below `/sim/<vendor>`; a built-in one is one line here.

A package adds one with an entry point in the group `orderly.simulators` that loads a function like those below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points

from fastapi import APIRouter

from sandbox.calls import FaultGate
from sandbox.carriers.easypost import easypost_routes
from sandbox.carriers.fedex import fedex_routes
from sandbox.carriers.sales import Sales
from sandbox.carriers.shipengine import shipengine_routes
from sandbox.carriers.ups import ups_routes
from sandbox.carriers.usps import usps_routes
from sandbox.channel.amazon import amazon_routes
from sandbox.channel.bigcommerce import bigcommerce_routes
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.shopify import shopify_routes
from sandbox.channel.woocommerce import woocommerce_routes
from sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that a simulator uses: the gate of every call, and the store."""

    gate: FaultGate
    store: Store
    sales: Sales
    channel: ChannelService


BUILT_IN: tuple[Callable[[Parts], APIRouter], ...] = (
    lambda parts: easypost_routes(parts.gate, parts.sales),
    lambda parts: shipengine_routes(parts.gate, parts.sales),
    lambda parts: fedex_routes(parts.gate, parts.sales),
    lambda parts: usps_routes(parts.gate, parts.sales),
    lambda parts: bigcommerce_routes(parts.gate, parts.channel),
    lambda parts: ups_routes(parts.gate, parts.sales),
    lambda parts: amazon_routes(parts.gate, parts.channel),
    lambda parts: woocommerce_routes(parts.gate, parts.channel, parts.store),
    lambda parts: shopify_routes(parts.gate, parts.channel),
)


def load_simulators() -> list[Callable[[Parts], APIRouter]]:
    """Return the built-in simulators and those of installed packages."""
    return [*BUILT_IN, *(entry_point.load() for entry_point in entry_points(group="orderly.simulators"))]
