"""Tests with generated clients; only `make test-clients` runs them."""
