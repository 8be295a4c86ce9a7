"""Temporal: the client and the worker."""
