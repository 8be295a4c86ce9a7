"""Measures reads and creates as the tables grow; needs no Temporal."""
