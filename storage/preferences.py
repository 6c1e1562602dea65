"""How does each person want to be treated?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from storage.tables import PreferenceRow, table

_ROW = table("preference")


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
    row = session.get(PreferenceRow, person)
    return _preferences(row) if row else NONE


def everybody(session: Session) -> dict[str, Preferences]:
    """By person; whoever never said anything is not among them."""
    rows = session.connection().execute(_ROW.select())
    return {row.person: _preferences(row) for row in rows}


def put(session: Session, person: str, said: Preferences) -> None:
    session.merge(
        PreferenceRow(person=person, hours=said.hours, quiet=said.quiet, digest=said.digest)
    )


def _preferences(row: PreferenceRow | Row[Any]) -> Preferences:
    return Preferences(hours=row.hours, quiet=row.quiet, digest=row.digest)
