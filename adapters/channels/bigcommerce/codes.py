"""BigCommerce's codes and their meanings."""

import re
from collections.abc import Mapping

from domain.shop_orders import ShopOrderState

PROVIDERS: Mapping[str, str] = {
    "fedex": "fedex",
    "ups": "ups",
    "usps": "usps",
    "canada_post": "canadapost",
    "australia_post": "auspost",
    "royal_mail": "royalmail",
}
"""BigCommerce's providers by our carrier names; the provider determines the tracking link."""
PROVIDER = re.compile(
    r"auspost|canadapost|endicia|usps|fedex|ups|upsready|upsonline|shipperhq|royalmail|carrier_[0-9]+"
)
"""All providers that BigCommerce accepts: its own, and those of installed apps."""
TRACKING_CARRIERS: Mapping[str, str] = {
    "aramex": "aramex",
    "asendia": "asendia-usa",
    "canpar": "canpar",
    "china_post": "china-post",
    "couriers_please": "couriers-please",
    "deutsche_post": "deutsch-post",
    "dhl_ecommerce": "dhl-global-mail",
    "dhl_express": "dhl",
    "dpd": "dpd",
    "dpd_uk": "dpd-uk",
    "gls": "gls",
    "japan_post": "japan-post",
    "lasership": "lasership",
    "ontrac": "ontrac",
    "parcelforce": "parcel-force",
    "postnl": "postnl",
    "purolator": "purolator",
    "sendle": "sendle",
    "sf_express": "sf-express",
    "star_track": "star-track",
    "tnt": "tnt",
    "yanwen": "yanwen",
}
"""AfterShip's carrier names by ours, for carriers without a provider: BigCommerce makes the tracking link from them."""
TRACKING_CARRIER = re.compile(r"[a-z0-9-]{1,60}")
STATES: Mapping[int, ShopOrderState] = {
    0: ShopOrderState.PENDING,  # Incomplete
    1: ShopOrderState.PENDING,  # Pending
    2: ShopOrderState.FULFILLED,  # Shipped
    4: ShopOrderState.REFUNDED,  # Refunded
    5: ShopOrderState.CANCELLED,  # Cancelled
    6: ShopOrderState.FAILED,  # Declined
    7: ShopOrderState.PENDING,  # Awaiting Payment
    10: ShopOrderState.FULFILLED,  # Completed
    12: ShopOrderState.ON_HOLD,  # Manual Verification Required
    13: ShopOrderState.ON_HOLD,  # Disputed
}
"""States by `status_id`; an order with any other status is open."""
