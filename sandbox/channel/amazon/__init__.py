"""Simulator of Amazon's protocol: LWA, orders of 2026-01-01, and confirmShipment."""

from sandbox.channel.amazon.routes import amazon_routes

__all__ = ["amazon_routes"]
