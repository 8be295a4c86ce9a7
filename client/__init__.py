"""The command line's client of the public API; it imports no part of the service."""
