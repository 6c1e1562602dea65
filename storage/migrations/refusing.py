"""What would be lost on the way back? A step that would lose it refuses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations


class NoWayBack(Exception):
    """The older tables cannot hold what was stored since; the text says what."""


def refuse_rows(op: Operations, table: str, what: str, where: str = "TRUE") -> None:
    """If there are any: they could not be made again from anything else."""
    rows = sa.select(sa.literal(1)).select_from(sa.table(table)).where(sa.text(where)).limit(1)
    if op.get_bind().execute(rows).first() is not None:
        raise NoWayBack(f"the older version cannot store {what}")


def refuse_events(op: Operations, kinds: tuple[str, ...]) -> None:
    """The trail is never rewritten, and the older version could not read these entries."""
    for kind in kinds:
        refuse_said(op, f'"kind":"{kind}"', f"audit entries of the kind {kind}")


def refuse_said(op: Operations, said: str, what: str) -> None:
    """If any audit entry has these bytes. They have to hold quotes: within a text those are
    escaped, so nobody can write this in one.
    """
    body = sa.column("body", sa.Text)
    named = body.contains(said, autoescape=True)
    found = sa.select(sa.literal(1)).select_from(sa.table("audit", body)).where(named).limit(1)
    if op.get_bind().execute(found).first() is not None:
        raise NoWayBack(f"the older version cannot read {what}")
