"""What was stopped at a place goes along with what is built upon it: where to look for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from bot.domain.unshipped import named_line
from storage.migrations.refusing import refuse_said

revision, down_revision, readable_from = "0004", "0003", "0004"

_SAID = {
    "sqlite": "json_extract(document, '$.change.{name}')",
    "postgresql": "CAST(document AS json) #>> '{{change,{name}}}'",
}
"""Documents hold the truth; these columns are new."""

_PLACES = """
INSERT INTO place (connection, line, newest, went_on)
SELECT it.connection, it.line, max(it.id), coalesce((
    SELECT gone.revision FROM signoff AS gone
    WHERE gone.connection = it.connection AND gone.line = it.line
    AND gone.status IN ('approved', 'overridden', 'not_required')
    ORDER BY gone.opened_at DESC LIMIT 1
), '')
FROM signoff AS it JOIN (
    SELECT connection, line, max(opened_at) AS opened_at
    FROM signoff GROUP BY connection, line
) AS last ON it.opened_at = last.opened_at
    AND it.connection = last.connection
    AND it.line = last.line
GROUP BY it.connection, it.line
"""


def upgrade(op: Operations) -> None:
    for name in ("revision", "line"):
        op.add_column("signoff", sa.Column(name, sa.String, nullable=False, server_default=""))
    said = _SAID[op.get_bind().dialect.name]
    op.execute(f"UPDATE signoff SET revision = coalesce({said.format(name='revision')}, '')")  # noqa: S608 - ours
    _lines(op, said)
    op.create_index("signoff_line", "signoff", ["connection", "line", "revision"])
    op.create_table(
        "place",
        sa.Column("connection", sa.String, primary_key=True),
        sa.Column("line", sa.String, primary_key=True),
        sa.Column("newest", sa.String, nullable=False),
        sa.Column("went_on", sa.String, nullable=False, server_default=""),
    )
    op.execute(_PLACES)


def downgrade(op: Operations) -> None:
    """The program of before would forget what was stopped."""
    for said in ('"along":["', '"apart":["'):
        refuse_said(op, said, "what was stopped, and goes along with what was built upon it")
    op.drop_table("place")
    op.drop_index("signoff_line", "signoff")
    for name in ("line", "revision"):
        op.drop_column("signoff", name)


def _lines(op: Operations, said: str) -> None:
    kind, merge = (f"CAST({said.format(name=name)} AS TEXT)" for name in ("kind", "by_lineage"))
    bind = op.get_bind()
    all_of_them = sa.text(f"SELECT DISTINCT repository, environment, {kind}, {merge} FROM signoff")  # noqa: S608 - ours
    one_of_them = sa.text(
        "UPDATE signoff SET line = :line WHERE repository = :repository"  # noqa: S608 - ours
        f" AND environment = :environment AND {kind} = :kind AND coalesce({merge}, '') = :merge"
    )
    for repository, environment, named, merges in bind.execute(all_of_them).all():
        sort = "merge" if merges in ("1", "true") else named
        names = {"repository": repository, "environment": environment, "kind": named}
        line = named_line(repository, environment, sort)
        bind.execute(one_of_them, {**names, "merge": merges or "", "line": line})
