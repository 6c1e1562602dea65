"""What became of the tables, step by step? One file in `versions` for each schema, forward and back.

A new schema: change `storage/tables.py`, write `versions/schema_N.py` after the newest of them, and
set the two names below. `tests/storage/test_migrating.py` says what is missing, on both stores.

Processes of the version before go on while the new one starts, so a step only adds: new tables, new
indexes, columns that may be NULL or have a `server_default` (in `storage/tables.py` as well). What
nobody needs any more is taken away one version later. A step that keeps to this says
`readable_from` as the step before it does; one that cannot says its own number, and the older
processes have to be stopped first.

Documents may be rewritten, audit entries never: their bytes are hashed.
"""

NEWEST = "0006"
"""The schema that `storage/tables.py` and `storage/tables_seeing.py` describe."""

READABLE_FROM = "0006"
"""Programs of this schema and later ones can go on with it."""
