"""Common parts of carrier accounts and bridges."""
