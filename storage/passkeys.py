"""Whose security keys do we know, and which of them may decide?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from storage.tables import PasskeyRow


class State(StrEnum):
    """`waiting` until somebody lets it in; `revoked` for ever."""

    WAITING = "waiting"
    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """`id` and `public_key` (COSE) are base64url; `sign_count` is the highest that was seen."""

    id: str
    person: str
    public_key: str
    sign_count: int
    label: str
    at: datetime
    state: State
    by: str = ""


def add(session: Session, key: Passkey) -> bool:
    """False if this credential was registered before, whoever has it."""
    if session.get(PasskeyRow, key.id):
        return False
    session.add(
        PasskeyRow(
            id=key.id,
            person=key.person,
            public_key=key.public_key,
            sign_count=key.sign_count,
            label=key.label,
            at=key.at,
            state=key.state.value,
            by=key.by,
        )
    )
    session.flush()
    return True


def get(session: Session, id: str) -> Passkey | None:
    row = session.get(PasskeyRow, id)
    return _passkey(row) if row else None


def of(session: Session, person: str) -> Sequence[Passkey]:
    """Theirs that were not removed, the oldest first."""
    wanted = (PasskeyRow.person == person, PasskeyRow.state != State.REVOKED.value)
    return _found(session, *wanted)


def waiting(session: Session) -> Sequence[Passkey]:
    """Everybody's that nobody let in yet, the oldest first."""
    return _found(session, PasskeyRow.state == State.WAITING.value)


def everybody(session: Session) -> Sequence[Passkey]:
    """All that were not removed, the oldest first."""
    return _found(session, PasskeyRow.state != State.REVOKED.value)


def used(session: Session, id: str, count: int) -> None:
    row = session.get_one(PasskeyRow, id)
    row.sign_count = count
    session.flush()


def become(session: Session, id: str, state: State, by: str) -> None:
    row = session.get_one(PasskeyRow, id)
    row.state, row.by = state.value, by
    session.flush()


def _found(session: Session, *wanted: bool) -> Sequence[Passkey]:
    rows = session.exec(
        select(PasskeyRow).where(*wanted).order_by(col(PasskeyRow.at), col(PasskeyRow.id))
    )
    return [_passkey(row) for row in rows]


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        id=row.id,
        person=row.person,
        public_key=row.public_key,
        sign_count=row.sign_count,
        label=row.label,
        at=row.at,
        state=State(row.state),
        by=row.by,
    )
