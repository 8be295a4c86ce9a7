"""Alembic's environment; runs with the connection that `bootstrap.migrate` opened."""

from alembic import context

from adapters.postgres.schema.tables import Table


def _run() -> None:
    attributes = context.config.attributes
    metadata = attributes.get("metadata", Table.metadata)
    context.configure(connection=attributes["connection"], target_metadata=metadata, compare_server_default=True)
    context.run_migrations()


_run()
