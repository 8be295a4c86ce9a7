"""Bulk actions: one call for many operations."""
