"""Faults on each call to a vendor, and a minute of chaos; only `make test-faults` runs them."""
