"""Connections, transactions, rows and pages."""
