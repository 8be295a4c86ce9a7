"""Maintenance: retention, metrics, rotation of credentials, and lost runs, which Temporal has and Postgres lacks."""
