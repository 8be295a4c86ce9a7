"""Check whether an order's state at its channel permits a push. Pure."""

from domain.channels import FulfillmentRequest
from domain.shipping import ConnectionSettings
from domain.shop_orders import ShopOrder, require_shippable_state


def check_state(order: ShopOrder, request: FulfillmentRequest, settings: ConnectionSettings) -> None:
    """Refuse a push of an order that its channel has closed or holds; see `require_shippable_state`."""
    if not request.allow_order_status:
        require_shippable_state(order, settings.allowed_order_states or ())
