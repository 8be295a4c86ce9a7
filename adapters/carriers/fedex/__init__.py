"""FedEx: Ship v1 and Track v1. See docs/reference/carriers/fedex.md."""

from adapters.carriers.fedex.adapter import FedexCarrier

__all__ = ["FedexCarrier"]
