"""Workflow code, which is deterministic: operation types, the saga, undo and rollback."""
