"""EasyPost v2. See docs/carriers/easypost.md."""

from adapters.carriers.easypost.adapter import EasyPostCarrier

__all__ = ["EasyPostCarrier"]
