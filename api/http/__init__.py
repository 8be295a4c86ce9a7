"""Mechanics of requests and responses."""
