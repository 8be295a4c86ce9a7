"""Bridges: an organization's accounts at sales channels."""
