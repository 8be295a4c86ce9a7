"""Deterministic: operation types, the saga, undo."""
