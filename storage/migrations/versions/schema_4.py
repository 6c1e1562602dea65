"""What was stopped at a place goes along with what is built upon it: where to look for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

from storage.migrations.refusing import refuse_said

revision, down_revision, readable_from = "0004", "0003", "0004"

_SAID = {
    "sqlite": "coalesce(json_extract(document, '$.change.{name}'), '')",
    "postgresql": "coalesce(CAST(document AS json) #>> '{{change,{name}}}', '')",
}
"""Documents hold the truth; these columns are new."""

_NEW = ("revision", "kind")

_FILL = "UPDATE signoff SET "

_PLACES = """
INSERT INTO place (connection, repository, environment, kind, newest)
SELECT it.connection, it.repository, it.environment, it.kind, max(it.id)
FROM signoff AS it JOIN (
    SELECT connection, repository, environment, kind, max(opened_at) AS opened_at
    FROM signoff GROUP BY connection, repository, environment, kind
) AS last ON it.opened_at = last.opened_at
    AND it.connection = last.connection
    AND it.repository = last.repository
    AND it.environment = last.environment
    AND it.kind = last.kind
GROUP BY it.connection, it.repository, it.environment, it.kind
"""

_WENT_ON = """
UPDATE place SET went_on = coalesce((
    SELECT it.revision FROM signoff AS it
    WHERE it.connection = place.connection
    AND it.repository = place.repository
    AND it.environment = place.environment
    AND it.kind = place.kind
    AND it.status IN ('approved', 'overridden', 'not_required')
    ORDER BY it.opened_at DESC LIMIT 1
), '')
"""


def upgrade(op: Operations) -> None:
    said = _SAID[op.get_bind().dialect.name]
    for name in _NEW:
        op.add_column("signoff", sa.Column(name, sa.String, nullable=False, server_default=""))
    op.execute(_FILL + ", ".join(f"{name} = {said.format(name=name)}" for name in _NEW))
    op.create_index(
        "signoff_revision", "signoff", ["connection", "repository", "environment", "revision"]
    )
    op.create_table(
        "place",
        sa.Column("connection", sa.String, primary_key=True),
        sa.Column("repository", sa.String, primary_key=True),
        sa.Column("environment", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("newest", sa.String, nullable=False),
        sa.Column("went_on", sa.String, nullable=False, server_default=""),
    )
    op.execute(_PLACES)
    op.execute(_WENT_ON)


def downgrade(op: Operations) -> None:
    """The program of before would forget what was stopped."""
    for said in ('"along":["', '"apart":["'):
        refuse_said(op, said, "what was stopped, and goes along with what was built upon it")
    op.drop_table("place")
    op.drop_index("signoff_revision", "signoff")
    for name in _NEW:
        op.drop_column("signoff", name)
