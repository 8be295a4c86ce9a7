"""The orderly command."""
