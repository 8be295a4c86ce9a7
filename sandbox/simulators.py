"""The vendors whose own protocols the sandbox speaks, each below `/sim/<vendor>`: a new one is one line here."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter

from sandbox.calls import Gate
from sandbox.carriers.easypost import easypost_routes
from sandbox.carriers.fedex import fedex_routes
from sandbox.carriers.sales import Sales
from sandbox.carriers.shipengine import shipengine_routes
from sandbox.carriers.ups import ups_routes
from sandbox.carriers.usps import usps_routes
from sandbox.channel.amazon import amazon_routes
from sandbox.channel.bigcommerce import bigcommerce_routes
from sandbox.channel.channel_service import Desk
from sandbox.channel.shopify import shopify_routes
from sandbox.channel.woocommerce import woocommerce_routes
from sandbox.store import Books


@dataclass(frozen=True, slots=True)
class Shop:
    """What a simulator is made of: the gate that every call goes through, and the books."""

    gate: Gate
    books: Books
    sales: Sales
    desk: Desk


SIMULATORS: tuple[Callable[[Shop], APIRouter], ...] = (
    lambda shop: easypost_routes(shop.gate, shop.sales),
    lambda shop: shipengine_routes(shop.gate, shop.sales),
    lambda shop: fedex_routes(shop.gate, shop.sales),
    lambda shop: usps_routes(shop.gate, shop.sales),
    lambda shop: bigcommerce_routes(shop.gate, shop.desk),
    lambda shop: ups_routes(shop.gate, shop.sales),
    lambda shop: amazon_routes(shop.gate, shop.desk),
    lambda shop: woocommerce_routes(shop.gate, shop.desk, shop.books),
    lambda shop: shopify_routes(shop.gate, shop.desk),
)
