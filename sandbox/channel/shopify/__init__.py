"""Shopify's Admin GraphQL protocol, played by the sandbox."""

from sandbox.channel.shopify.routes import shopify_routes

__all__ = ["shopify_routes"]
