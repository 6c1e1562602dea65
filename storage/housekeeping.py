"""What is told of the house itself, and what is stored of it? As it stands there, whoever wrote it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.house_events import HOUSE, HouseEvent
from storage.documents import read_house_event
from storage.statements import Statement
from storage.tables import table

_AUDIT, _PASSKEY, _PLACE = table("audit").c, table("passkey").c, table("place").c
_TOLD = Statement(
    select_rows(_AUDIT.seq, _AUDIT.body).where(_AUDIT.signoff_id == HOUSE).order_by(_AUDIT.seq)
)
_CREDENTIALS = Statement(
    select_rows(
        _PASSKEY.id, _PASSKEY.person, _PASSKEY.public_key, _PASSKEY.state, _PASSKEY.by
    ).order_by(_PASSKEY.id)
)
_PLACES = Statement(
    select_rows(_PLACE.connection, _PLACE.line, _PLACE.newest, _PLACE.went_on).order_by(
        _PLACE.connection, _PLACE.line
    )
)


class Credential(NamedTuple):
    """A security key."""

    id: str
    person: str
    public_key: str
    state: str
    by: str


class Place(NamedTuple):
    """What was asked for last in a line, and the revision that went on there last."""

    connection: str
    line: str
    newest: str
    went_on: str


def told(session: Session) -> Iterator[tuple[int, HouseEvent | None]]:
    """All that happened to no signoff, with the numbers of the entries, the oldest first. None is what
    cannot be read: it may have told of anything.
    """
    for seq, body in _TOLD.rows(session, {}):
        try:
            yield seq, read_house_event(json.loads(str(body))["event"])
        except (ValueError, KeyError, TypeError, RecursionError):
            yield seq, None


def credentials(session: Session) -> list[Credential]:
    """Of everybody, in whatever state."""
    return [Credential(*row) for row in _CREDENTIALS.rows(session, {})]


def places(session: Session) -> list[Place]:
    return [Place(*row) for row in _PLACES.rows(session, {})]
