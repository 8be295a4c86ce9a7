"""Carriers, one package each; `bootstrap/container.py` chooses the adapter of an account."""
