"""How does the database itself keep the audit trail? It is appended to, and nothing else.

Whoever owns the tables can take these triggers away; that is what checkpoints kept elsewhere show.
What ours are for is the rest: a mistake of our own, a tool, a role without those rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def lifted(connection: Connection) -> Iterator[None]:
    """They are away, within the caller's transaction, and back at its end."""
    for statement in TAKEN_AWAY[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    yield
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def guard(audit: Table) -> None:
    """Whenever this table is made, so are its triggers."""
    for dialect, statements in GUARDS.items():
        for statement in statements:
            made = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(audit, "after_create", made)


_SQLITE_HAS = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
_POSTGRESQL_HAS = text(
    "SELECT t.tgname, t.tgtype, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'"
    " WHERE t.tgrelid = to_regclass('audit') AND t.tgenabled IN ('O', 'A')"
    " AND t.tgqual IS NULL AND t.tgattr = '' AND p.proconfig IS NULL"
)
_EACH_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32
"""What `pg_trigger.tgtype` is made of."""


def is_guarded(connection: Connection) -> bool:
    """Whether all of them are there, awake, and do what ours do: a name alone keeps nothing."""
    if connection.dialect.name == "sqlite":
        there = {_plain(sql) for (sql,) in connection.execute(_SQLITE_HAS)}
        return there.issuperset(map(_plain, SQLITE))
    found = connection.execute(_POSTGRESQL_HAS)
    return {(name, kind, _plain(body)) for name, kind, body in found} >= _ours()


def _ours() -> set[tuple[str, int, str]]:
    keeps, follows = (_plain(it.split("$$")[1]) for it in POSTGRESQL[:2])
    return {
        ("audit_kept", _BEFORE | _EACH_ROW | _UPDATE | _DELETE, keeps),
        ("audit_kept_whole", _BEFORE | _TRUNCATE, keeps),
        ("audit_follows", _BEFORE | _EACH_ROW | _INSERT, follows),
    }


def _plain(words: str) -> str:
    return " ".join(words.split())
