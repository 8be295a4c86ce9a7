"""The registry of operation types, as clients see it."""
