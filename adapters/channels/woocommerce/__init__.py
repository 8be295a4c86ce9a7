"""WooCommerce: orders, REST API v3. See docs/reference/channels/woocommerce.md."""

from adapters.channels.woocommerce.adapter import WoocommerceChannel

__all__ = ["WoocommerceChannel"]
