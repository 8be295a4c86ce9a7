"""Run by Alembic with the connection that `bootstrap.migrate` opened."""

from alembic import context

from adapters.postgres.schema.tables import Table


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Table.metadata)
    context.run_migrations()


_run()
