"""WooCommerce's own protocol, as far as it is needed: orders of REST v3 with their custom fields."""

from sandbox.channel.woocommerce.routes import woocommerce_routes

__all__ = ["woocommerce_routes"]
