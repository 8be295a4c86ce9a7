"""Rates: carriers' prices for a shipment."""
