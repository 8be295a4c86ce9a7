"""The catalogue of all vendors, by name: built-in profiles, and those of installed packages.

A package adds a vendor with an entry point in the group `orderly.carriers` or `orderly.channels` that loads its
profile.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TypeVar

from domain.vendors.amazon import AMAZON
from domain.vendors.bigcommerce import BIGCOMMERCE
from domain.vendors.easypost import EASYPOST
from domain.vendors.fedex import FEDEX
from domain.vendors.profile import CarrierProfile, ChannelProfile, Profile
from domain.vendors.shipengine import SHIPENGINE
from domain.vendors.shopify import SHOPIFY
from domain.vendors.ups import UPS
from domain.vendors.usps import USPS
from domain.vendors.woocommerce import WOOCOMMERCE

P = TypeVar("P", bound=Profile)

CARRIER_ENTRY_POINTS, CHANNEL_ENTRY_POINTS = "orderly.carriers", "orderly.channels"


def collect(built_in: tuple[P, ...], group: str) -> Mapping[str, P]:
    """Return the built-in profiles and those of installed packages, by name.

    Raises:
        ValueError: two have the same name.
    """
    profiles: list[P] = [*built_in, *(entry_point.load() for entry_point in entry_points(group=group))]
    by_name = {profile.name: profile for profile in profiles}
    if len(by_name) < len(profiles):
        raise ValueError(f"two vendors of {group} have the same name: {[profile.name for profile in profiles]}")
    return by_name


CARRIERS: Mapping[str, CarrierProfile] = collect((EASYPOST, FEDEX, SHIPENGINE, UPS, USPS), CARRIER_ENTRY_POINTS)
CHANNELS: Mapping[str, ChannelProfile] = collect((AMAZON, BIGCOMMERCE, WOOCOMMERCE, SHOPIFY), CHANNEL_ENTRY_POINTS)
