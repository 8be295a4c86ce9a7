"""EasyPost v2. See docs/reference/carriers/easypost.md."""

from adapters.carriers.easypost.adapter import EasyPostCarrier

__all__ = ["EasyPostCarrier"]
