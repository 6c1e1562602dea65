"""How does the database itself keep the audit trail? It is appended to, and nothing else.

Whoever owns the tables can take these triggers away; that is what checkpoints kept elsewhere show.
What ours are for is the rest: a mistake of our own, a tool, a role without those rights.
"""

from __future__ import annotations

from sqlalchemy import DDL, Connection, Table, event, text

KEPT, FOLLOWS = "the audit trail is only appended to", "an entry follows the last one"

_FIRST = "0" * 64

SQLITE = (
    f"CREATE TRIGGER audit_kept_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
    f"CREATE TRIGGER audit_kept_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
    f"""CREATE TRIGGER audit_follows BEFORE INSERT ON audit
WHEN NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM audit)
OR NEW.prev <> coalesce((SELECT leaf FROM audit WHERE seq = NEW.seq - 1), '{_FIRST}')
BEGIN SELECT RAISE(ABORT, '{FOLLOWS}'); END""",  # noqa: S608 - nothing is given
)
"""REPLACE deletes only where triggers are recursive: `storage/sqlite.py` sees to that."""

POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'restrict_violation'; END $$""",
    f"""CREATE OR REPLACE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last bigint; hash text;
BEGIN
    SELECT seq, leaf INTO last, hash FROM audit ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> coalesce(last, 0) + 1 OR NEW.prev <> coalesce(hash, '{_FIRST}') THEN
        RAISE EXCEPTION '{FOLLOWS}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$""",  # noqa: S608 - nothing is given
    "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_kept()",
    "CREATE TRIGGER audit_kept_whole BEFORE TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_kept()",
    "CREATE TRIGGER audit_follows BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_follows()",
)

TAKEN_AWAY = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS audit_kept_update",
        "DROP TRIGGER IF EXISTS audit_kept_delete",
        "DROP TRIGGER IF EXISTS audit_follows",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS audit_kept ON audit",
        "DROP TRIGGER IF EXISTS audit_kept_whole ON audit",
        "DROP TRIGGER IF EXISTS audit_follows ON audit",
        "DROP FUNCTION IF EXISTS audit_kept()",
        "DROP FUNCTION IF EXISTS audit_follows()",
    ),
}

GUARDS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


def guard(audit: Table) -> None:
    """Whenever this table is made, so are its triggers."""
    for dialect, statements in GUARDS.items():
        for statement in statements:
            made = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(audit, "after_create", made)


_COUNTED = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
    " AND name IN ('audit_kept_update', 'audit_kept_delete', 'audit_follows')",
    "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass('audit')"
    " AND tgname IN ('audit_kept', 'audit_kept_whole', 'audit_follows') AND tgenabled IN ('O', 'A')",
}


def is_guarded(connection: Connection) -> bool:
    """Whether all of them are there, and awake."""
    query = text(_COUNTED[connection.dialect.name])
    return bool(connection.execute(query).scalar_one() == 3)
