"""Which schemas were there? Alembic reads these files by their `revision`."""
