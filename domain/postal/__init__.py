"""Postal addresses: one normal form, and the limits of each carrier."""
