"""BigCommerce's codes, and ours."""

from collections.abc import Mapping

from domain.shop_orders import ShopOrderState

PROVIDERS = frozenset({"fedex", "ups", "usps", "canadapost", "auspost", "royalmail"})
"""Our carriers that BigCommerce has under the same name; by it BigCommerce makes the tracking link."""
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
"""By `status_id`; an order in any other is open."""
