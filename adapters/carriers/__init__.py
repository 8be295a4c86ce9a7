"""Carriers: one folder each. Which adapter speaks for an account is decided in `bootstrap/container.py`."""
