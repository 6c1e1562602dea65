"""What does one step write? State, audit entry, deadlines and outbox: together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot.domain.effects import Attest, Promise, TellPipeline
from bot.domain.events import Event, Opened
from bot.domain.lifecycle import Step
from bot.domain.signoff import Signoff
from storage import audit, documents, invitations
from storage.tables import table

INSIDE_LANE = "@inside"
"""No connection can have such a name."""

_SIGNOFF = table("signoff")
_INSERT = _SIGNOFF.insert()
_UPDATE = _SIGNOFF.update().where(_SIGNOFF.c.id == bindparam("signoff_id"))
_PROMISE = table("outbox").insert()


class KeyTaken(Exception):
    """The connection already told us of a change under this key."""


def insert(session: Session, event: Opened, step: Step) -> None:
    """Write a new signoff. Raises KeyTaken."""
    signoff, change = step.signoff, step.signoff.change
    row = {
        "id": signoff.id,
        "connection": change.connection,
        "key": change.key,
        "renewal": signoff.renewal,
        "change_digest": documents.digest_of_change(change),
        "repository": change.repository,
        "environment": change.environment,
        "status": signoff.status.value,
        "opened_at": signoff.opened_at,
        "next_due": signoff.next_due,
        "document": documents.write_signoff(signoff),
    }
    try:
        session.connection().execute(_INSERT, row)
    except IntegrityError as taken:
        raise KeyTaken(change.key) from taken
    _follow(session, event, step)


def update(session: Session, event: Event, step: Step) -> None:
    """Write how an existing signoff now stands."""
    signoff = step.signoff
    session.connection().execute(
        _UPDATE,
        {
            "signoff_id": signoff.id,
            "status": signoff.status.value,
            "next_due": signoff.next_due,
            "document": documents.write_signoff(signoff),
        },
    )
    _follow(session, event, step)


def promise(session: Session, signoff: Signoff, effects: Sequence[Promise], at: datetime) -> None:
    """Rows for effects that are to be carried out."""
    rows = [
        {
            "signoff_id": signoff.id,
            "lane": _lane(effect, signoff),
            "effect": documents.write_promise(effect),
            "since": at,
            "due_at": at,
            "attempts": 0,
            "state": "waiting",
            "error": "",
        }
        for effect in effects
    ]
    if rows:
        session.connection().execute(_PROMISE, rows)


def _follow(session: Session, event: Event, step: Step) -> None:
    audit.append(session, step.signoff.id, event)
    invitations.follow(session, event, step.signoff)
    promised = [effect for effect in step.effects if isinstance(effect, Promise)]
    promise(session, step.signoff, promised, event.at)


def _lane(effect: Promise, signoff: Signoff) -> str:
    """Where it goes: one slow destination shall not hold up another."""
    match effect:
        case TellPipeline():
            return signoff.change.connection
        case Attest():
            return INSIDE_LANE
