"""Request and response mechanics."""
