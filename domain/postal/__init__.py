"""Postal addresses in one normal form, and how much of them each carrier takes: used by every carrier."""
