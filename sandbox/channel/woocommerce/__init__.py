"""Simulator of WooCommerce's protocol: orders of REST v3 with their custom fields."""

from sandbox.channel.woocommerce.routes import woocommerce_routes

__all__ = ["woocommerce_routes"]
