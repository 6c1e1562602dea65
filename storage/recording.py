"""What does one step write? State, audit entry, deadlines and outbox: together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot.domain.effects import Attest, Promise, Publish, ShowWaiting, TakeBack, TellPipeline
from bot.domain.events import Event, Opened
from bot.domain.lifecycle import Step
from bot.domain.signoff import Signoff
from bot.domain.unshipped import is_base, line_of
from storage import audit, documents, invitations, places
from storage.among import among
from storage.statements import Statement
from storage.tables import PENDING, table

INSIDE_LANE, NEWS_LANE = "@inside", "@news "
"""No connection can have such a name; what is told to subscribers, has their names in it."""

_SIGNOFF = table("signoff")
_INSERT = Statement(
    _SIGNOFF.insert(),
    *("id", "connection", "key", "renewal", "change_digest", "repository", "environment"),
    *("lineage", "revision", "line", "status", "opened_at", "next_due", "judged_by", "document"),
)
_THIS = _SIGNOFF.update().where(_SIGNOFF.c.id == bindparam("signoff_id"))
_UPDATE = Statement(_THIS, "status", "next_due", "document")
_JUDGED = Statement(_THIS, "judged_by")
_THESE = _SIGNOFF.update().where(among(_SIGNOFF.c.id, "these"), _SIGNOFF.c.status == PENDING)
_JUDGE_ANEW = Statement(_THESE.values(judged_by=""))
_PROMISE = Statement(
    table("outbox").insert(), "signoff_id", "lane", "effect", "since", "due_at", "state"
)


class KeyTaken(Exception):
    """The connection already told us of a change under this key."""


def insert(
    session: Session, event: Opened, step: Step, judged_by: str = "", told_as: str = ""
) -> None:
    """Write a new signoff; `told_as` is the digest of its change as the pipeline told it, where
    more goes along with it. Raises KeyTaken.
    """
    signoff, change = step.signoff, step.signoff.change
    row = {
        "id": signoff.id,
        "connection": change.connection,
        "key": change.key,
        "renewal": signoff.renewal,
        "change_digest": told_as or documents.digest_of_change(change),
        "repository": change.repository,
        "environment": change.environment,
        "lineage": change.lineage,
        "revision": change.revision,
        "line": line_of(change),
        "status": signoff.status.value,
        "opened_at": signoff.opened_at,
        "next_due": signoff.next_due,
        "judged_by": judged_by,
        "document": documents.write_signoff(signoff),
    }
    try:
        _INSERT.run(session, row)
    except IntegrityError as taken:
        raise KeyTaken(change.key) from taken
    places.keep(session, signoff)
    audit.append(session, signoff.id, event)
    _follow(session, event, step)


def update(session: Session, event: Event, step: Step) -> None:
    """Write how an existing signoff now stands."""
    update_all(session, [(event, step)])


def update_all(session: Session, steps: Sequence[tuple[Event, Step]]) -> None:
    """Write how each of several now stands, in this order; one of them may be there again."""
    _UPDATE.run_all(session, [_stands(step.signoff) for _, step in steps])
    audit.append_all(session, [(step.signoff.id, event) for event, step in steps])
    for event, step in steps:
        _follow(session, event, step)


def _stands(signoff: Signoff) -> dict[str, object]:
    return {
        "signoff_id": signoff.id,
        "status": signoff.status.value,
        "next_due": signoff.next_due,
        "document": documents.write_signoff(signoff),
    }


def judged(session: Session, signoff_id: str, judged_by: str) -> None:
    """It stands as this rulebook judges it."""
    _JUDGED.run(session, {"signoff_id": signoff_id, "judged_by": judged_by})


def judge_anew(session: Session, signoff_ids: Sequence[str]) -> None:
    """Something changed about those who are asked."""
    _JUDGE_ANEW.run(session, {"these": signoff_ids})


def promise(session: Session, signoff: Signoff, effects: Sequence[Promise], at: datetime) -> None:
    """Rows for effects that are to be carried out."""
    rows = [
        {
            "signoff_id": signoff.id,
            "lane": _lane(effect, signoff),
            "effect": documents.write_promise(effect),
            "since": at,
            "due_at": at,
            "state": "waiting",
        }
        for effect in effects
    ]
    _PROMISE.run_all(session, rows)


def _follow(session: Session, event: Event, step: Step) -> None:
    invitations.follow(session, event, step.signoff)
    tells = any(isinstance(it, TellPipeline) and it.status.signed for it in step.effects)
    if tells and is_base(step.signoff):
        places.goes_on(session, step.signoff)
    promised = [effect for effect in step.effects if isinstance(effect, Promise)]
    promise(session, step.signoff, promised, event.at)


def _lane(effect: Promise, signoff: Signoff) -> str:
    """Where it goes: one slow destination shall not hold up another."""
    match effect:
        case TellPipeline() | ShowWaiting() | TakeBack():
            return signoff.change.connection
        case Publish(subscriber=name):
            return f"{NEWS_LANE}{name}"
        case Attest():
            return INSIDE_LANE
