"""Shipments and their labels."""
