"""Alembic's entry point: migrate over the connection that app.migrate passes in."""

# pylint: disable=no-member  # alembic.context gets its members at run time

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
