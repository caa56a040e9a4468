"""Alembic's entry: runs the steps on the connection that ``store.database`` opened, inside its transaction."""

from alembic import context

from stanch.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
