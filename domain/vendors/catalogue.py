"""All the vendors there are, by name: a new one is one line here, and one in `bootstrap/vendors.py`."""

from collections.abc import Mapping

from domain.vendors.amazon import AMAZON
from domain.vendors.bigcommerce import BIGCOMMERCE
from domain.vendors.easypost import EASYPOST
from domain.vendors.fedex import FEDEX
from domain.vendors.profile import CarrierProfile, ChannelProfile
from domain.vendors.shipengine import SHIPENGINE
from domain.vendors.shopify import SHOPIFY
from domain.vendors.ups import UPS
from domain.vendors.usps import USPS
from domain.vendors.woocommerce import WOOCOMMERCE

_CARRIERS = (
    EASYPOST,
    FEDEX,
    SHIPENGINE,
    UPS,
    USPS,
)
_CHANNELS = (
    AMAZON,
    BIGCOMMERCE,
    WOOCOMMERCE,
    SHOPIFY,
)

CARRIERS: Mapping[str, CarrierProfile] = {carrier.name: carrier for carrier in _CARRIERS}
CHANNELS: Mapping[str, ChannelProfile] = {channel.name: channel for channel in _CHANNELS}
