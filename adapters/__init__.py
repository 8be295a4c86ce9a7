"""Adapters: the only package that uses vendors' APIs and drivers."""
