"""Webhooks of carriers."""
