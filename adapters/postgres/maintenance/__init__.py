"""Retention, lost runs, metrics, rotation of credentials."""
