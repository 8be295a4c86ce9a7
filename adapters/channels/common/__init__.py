"""Mapping code that several sales channels share."""
