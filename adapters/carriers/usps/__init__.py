"""USPS: Labels v3, Payments v3, Tracking v3 and Prices v3. See docs/reference/carriers/usps.md."""

from adapters.carriers.usps.adapter import UspsCarrier

__all__ = ["UspsCarrier"]
