"""Simulator of Shopify's Admin GraphQL protocol."""

from sandbox.channel.shopify.routes import shopify_routes

__all__ = ["shopify_routes"]
