"""BigCommerce: order shipments, API v2. See docs/reference/channels/bigcommerce.md."""

from adapters.channels.bigcommerce.adapter import BigcommerceChannel

__all__ = ["BigcommerceChannel"]
