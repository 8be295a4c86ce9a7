"""Database connections, transactions, rows and pages."""
