"""Simulator of USPS's protocol: OAuth, Payments v3, Labels v3, Tracking v3 and Prices v3."""

from sandbox.carriers.usps.routes import usps_routes

__all__ = ["usps_routes"]
