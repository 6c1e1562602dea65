"""Who is on our own pages? By the hash of their cookie: what is stored here opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import delete
from sqlmodel import Session, col

from storage.tables import VisitRow

Sort = Literal["fresh", "seat"]
"""For a few minutes of deciding by security key; or for hours on the dashboard."""

AskedOf = Literal["provider", "slack"]
"""Who was asked who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`leaving` to sign in, or `here` and signed in as `person`.

    `wanted` is where they go then. `csrf` is what their page repeats to us; `nonce` is for the
    provider while they are away, and is our own secret with this visit once they are here.
    """

    id: str
    stage: Literal["leaving", "here"]
    until: datetime
    sort: Sort = "fresh"
    how: AskedOf = "provider"
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    wanted: str = ""
    person: str = ""
    subject: str = ""
    csrf: str = ""
    signed_in_at: datetime | None = None


def put(session: Session, visit: Visit, now: datetime) -> None:
    """Those that are over are forgotten by the way."""
    session.connection().execute(delete(VisitRow).where(col(VisitRow.until) <= now))
    session.add(
        VisitRow(
            id=visit.id,
            stage=visit.stage,
            sort=visit.sort,
            how=visit.how,
            state=visit.state,
            nonce=visit.nonce,
            verifier=visit.verifier,
            wanted=visit.wanted,
            person=visit.person,
            subject=visit.subject,
            csrf=visit.csrf,
            signed_in_at=visit.signed_in_at,
            until=visit.until,
        )
    )
    session.flush()


def of(session: Session, id: str, now: datetime) -> Visit | None:
    """The visit of this cookie, unless it is over."""
    row = session.get(VisitRow, id)
    if row is None or row.until <= now:
        return None
    return Visit(
        id=row.id,
        stage="here" if row.stage == "here" else "leaving",
        until=row.until,
        sort=cast(Sort, row.sort),
        how=cast(AskedOf, row.how),
        state=row.state,
        nonce=row.nonce,
        verifier=row.verifier,
        wanted=row.wanted,
        person=row.person,
        subject=row.subject,
        csrf=row.csrf,
        signed_in_at=row.signed_in_at,
    )


def end(session: Session, id: str) -> None:
    session.connection().execute(delete(VisitRow).where(col(VisitRow.id) == id))
