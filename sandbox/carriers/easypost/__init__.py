"""Simulator of EasyPost's protocol: shipments, refunds and trackers of v2."""

from sandbox.carriers.easypost.routes import easypost_routes

__all__ = ["easypost_routes"]
