"""UPS's own protocol, as far as it is needed: OAuth, Shipping v2409, Label Recovery, Tracking v1 and Rating v2409."""

from sandbox.carriers.ups.routes import ups_routes

__all__ = ["ups_routes"]
