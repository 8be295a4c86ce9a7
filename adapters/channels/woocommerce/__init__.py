"""WooCommerce: orders, REST API v3. See docs/channels/woocommerce.md."""

from adapters.channels.woocommerce.adapter import WoocommerceChannel

__all__ = ["WoocommerceChannel"]
