"""Postgres: the tables, the way in and the stores. Hand-written SQL, scoped to one organization."""
