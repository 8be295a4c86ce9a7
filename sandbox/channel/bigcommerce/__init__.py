"""Simulator of BigCommerce's protocol: products and shipments of orders, API v2."""

from sandbox.channel.bigcommerce.routes import bigcommerce_routes

__all__ = ["bigcommerce_routes"]
