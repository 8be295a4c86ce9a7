"""UPS: Shipping v2409, Tracking v1 and Rating v2409. See docs/reference/carriers/ups.md."""

from adapters.carriers.ups.adapter import UpsCarrier

__all__ = ["UpsCarrier"]
