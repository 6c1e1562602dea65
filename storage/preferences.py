"""How does each person want to be treated?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlmodel import Session

from storage.statements import Row, Statement
from storage.tables import PreferenceRow, table

_ROW = table("preference")
_SAID = select(_ROW.c.person, _ROW.c.hours, _ROW.c.quiet, _ROW.c.digest)
_ALL, _OF = Statement(_SAID), Statement(_SAID.where(_ROW.c.person == bindparam("of")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """`hours` are working hours ("09:00-17:30") instead of those of the roster, `quiet` those in
    which nothing but what is critical is sent ("20:00-08:00"); both by the person's own clock, and
    empty where nothing was said. `digest`: whether they want a list of what waits, each morning.
    """

    hours: str = ""
    quiet: str = ""
    digest: bool = False


NONE = Preferences()


def of(session: Session, person: str) -> Preferences:
    row = _OF.first(session, {"of": person})
    return _preferences(row) if row else NONE


def everybody(session: Session) -> dict[str, Preferences]:
    """By person; whoever never said anything is not among them."""
    return {row[0]: _preferences(row) for row in _ALL.rows(session, {})}


def put(session: Session, person: str, said: Preferences) -> None:
    session.merge(
        PreferenceRow(person=person, hours=said.hours, quiet=said.quiet, digest=said.digest)
    )


def _preferences(row: Row) -> Preferences:
    _, hours, quiet, digest = row
    return Preferences(hours=hours, quiet=quiet, digest=digest)
