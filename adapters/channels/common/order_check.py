"""Whether an order that a channel shows may be pushed: pure."""

from domain.channels import FulfillmentRequest
from domain.shipping import ConnectionSettings
from domain.shop_orders import ShopOrder, require_shippable_state


def check_state(order: ShopOrder, request: FulfillmentRequest, settings: ConnectionSettings) -> None:
    """Refuse a push of an order that its shop has closed or holds back; see `require_shippable_state`."""
    if not request.allow_order_status:
        require_shippable_state(order, settings.allowed_order_states or ())
