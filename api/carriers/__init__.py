"""Carriers: what each of them offers."""
