"""The stack that `orderly up` runs on one machine: PostgreSQL, Temporal, sandbox, API and worker."""
