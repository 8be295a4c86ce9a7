"""The same operation on DBOS: workflows that live in the service's process and in Postgres."""
