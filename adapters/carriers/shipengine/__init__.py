"""ShipEngine v1. See docs/reference/carriers/shipengine.md."""

from adapters.carriers.shipengine.adapter import ShipEngineCarrier

__all__ = ["ShipEngineCarrier"]
