"""BigCommerce's own protocol, as far as it is needed: products and shipments of orders, API v2."""

from sandbox.channel.bigcommerce.routes import bigcommerce_routes

__all__ = ["bigcommerce_routes"]
