"""Simulator of ShipEngine's protocol: labels, tracking, rates and services of v1."""

from sandbox.carriers.shipengine.routes import shipengine_routes

__all__ = ["shipengine_routes"]
