"""Bridges: an organization's connections to sales channels."""
