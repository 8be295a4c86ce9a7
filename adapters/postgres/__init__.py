"""Postgres: tables, transactions and stores, with hand-written SQL that is scoped to one organization."""
