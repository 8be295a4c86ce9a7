"""Temporal: the client, the worker, the dispatcher and the reconciler."""
