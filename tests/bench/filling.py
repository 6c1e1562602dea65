"""How does a database come to have a million signoffs? By copies of a few that a house made.

Each copy has ids, a key, a repository, a group and people of its own. The bodies of audit entries
and attestations are left out: nothing looks at them before somebody asks. So the trail does not
hold, and its guards are taken away meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from storage.guarding import GUARDS, TAKEN_AWAY

TOKEN = "x000x"
"""Stands in names wherever a copy has another."""

_SPEECH = {
    "sqlite": {
        "numbers": "WITH RECURSIVE n(i) AS "
        "(SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last) ",
        "from": "n",
        "id": "printf('sgn_c%015d', n.i)",
        "token": "printf('x%03dx', n.i % :teams)",
        "due": "strftime('%Y-%m-%d %H:%M:%f000', next_due, :days || ' days')",
        "then": "strftime('%Y-%m-%d %H:%M:%f000', opened_at, '-' || (n.i * :apart) || ' seconds')",
    },
    "postgresql": {
        "numbers": "",
        "from": "generate_series(CAST(:first AS int), CAST(:last AS int)) AS n(i)",
        "id": "'sgn_c' || lpad(n.i::text, 15, '0')",
        "token": "'x' || lpad((n.i % :teams)::text, 3, '0') || 'x'",
        "due": "next_due + :days * interval '1 day'",
        "then": "opened_at - n.i * :apart * interval '1 second'",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """So many of one signoff, opened so many seconds apart, each a little earlier. Their deadlines come
    `days` later.
    """

    of: str
    count: int
    apart: float
    days: int = 1


def fill(connection: Connection, wanted: Sequence[Copies], teams: int) -> None:
    """In one transaction a copy; the counts are exact."""
    _disarm(connection)
    first = 1
    for copies in wanted:
        asked = {"of": copies.of, "teams": teams, "apart": copies.apart, "days": copies.days}
        span = {"first": first, "last": first + copies.count - 1}
        with connection.begin():
            for statement in _statements(connection.dialect.name):
                used = {k: v for k, v in {**asked, **span}.items() if f":{k}" in statement}
                connection.execute(text(statement), used)
        first += copies.count
    _arm(connection)
    with connection.execution_options(isolation_level="AUTOCOMMIT") as free:
        free.execute(text("ANALYZE"))


def _disarm(connection: Connection) -> None:
    _run(connection, TAKEN_AWAY)


def _arm(connection: Connection) -> None:
    """What is appended while it is measured is looked at as it always is."""
    _run(connection, GUARDS)


def _run(connection: Connection, statements: Mapping[str, Sequence[str]]) -> None:
    with connection.begin():
        for statement in statements[connection.dialect.name]:
            connection.execute(text(statement))


def _statements(dialect: str) -> list[str]:
    # ruff: noqa: S608 -- nothing in here comes from outside
    said = _SPEECH[dialect]
    token, id = said["token"], said["id"]
    copied = (
        f"{id}, connection, key || '-' || n.i, renewal, change_digest, "
        f"replace(repository, '{TOKEN}', {token}) || '-' || (n.i / :teams), environment, lineage, "
        f"status, {said['then']}, {said['due']}, judged_by, "
        f"replace(replace(document, '{TOKEN}', {token}), :of, {id})"
    )
    return [
        f"INSERT INTO signoff (id, connection, key, renewal, change_digest, repository, "
        f"environment, lineage, status, opened_at, next_due, judged_by, document) {said['numbers']}"
        f"SELECT {copied} FROM {said['from']} CROSS JOIN signoff WHERE id = :of",
        f"INSERT INTO audit (seq, signoff_id, prev, leaf, body) {said['numbers']}"
        f"SELECT (SELECT max(seq) FROM audit) + row_number() OVER (ORDER BY n.i, audit.seq), "
        f"{id}, prev, leaf, '{{}}' FROM {said['from']} CROSS JOIN audit WHERE signoff_id = :of",
        f"INSERT INTO invitation (signoff_id, person, at, waiting) {said['numbers']}"
        f"SELECT {id}, replace(person, '{TOKEN}', {token}), "
        f"{said['then'].replace('opened_at', 'at')}, waiting "
        f"FROM {said['from']} CROSS JOIN invitation WHERE signoff_id = :of",
        f"INSERT INTO surface (subject, name, sort, place, lane, channel, message, wanted, digest, "
        f"made_at, since, not_before, due_at, urgency, attempts, doubtful, again, state, error) "
        f"{said['numbers']}"
        f"SELECT {id}, name, sort, place, lane, channel, message || n.i, wanted, digest, made_at, "
        f"since, not_before, due_at, urgency, 0, doubtful, again, 'true', '' "
        f"FROM {said['from']} CROSS JOIN surface WHERE subject = :of",
    ]
