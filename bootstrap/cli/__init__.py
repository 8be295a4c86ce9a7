"""The `orderly` command."""
