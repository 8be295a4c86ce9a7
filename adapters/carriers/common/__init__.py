"""Mapping code that several carriers share."""
