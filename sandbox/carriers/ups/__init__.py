"""Simulator of UPS's protocol: OAuth, Shipping v2409, Label Recovery, Tracking v1 and Rating v2409."""

from sandbox.carriers.ups.routes import ups_routes

__all__ = ["ups_routes"]
