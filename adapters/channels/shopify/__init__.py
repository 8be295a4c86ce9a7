"""Shopify: Admin GraphQL 2026-10. See docs/reference/channels/shopify.md."""

from adapters.channels.shopify.adapter import ShopifyChannel

__all__ = ["ShopifyChannel"]
