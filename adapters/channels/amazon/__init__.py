"""Amazon's Selling Partner API: confirmShipment. See docs/reference/channels/amazon.md."""

from adapters.channels.amazon.adapter import AmazonChannel

__all__ = ["AmazonChannel"]
