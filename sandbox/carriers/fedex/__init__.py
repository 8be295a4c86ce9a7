"""Simulator of FedEx's protocol: OAuth, Ship v1, Track v1 and Rate v1."""

from sandbox.carriers.fedex.routes import fedex_routes

__all__ = ["fedex_routes"]
