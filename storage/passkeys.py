"""Whose security keys do we know, and which of them may decide?"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from bot.domain.house_events import HOUSE, PasskeyAdded, PasskeyRemoved
from storage import erased
from storage.audit import leaf_of
from storage.documents import read_house_event
from storage.statements import Statement
from storage.tables import PasskeyRow, table

_AUDIT = table("audit").c
_TOLD = Statement(
    select_rows(_AUDIT.seq, _AUDIT.leaf, _AUDIT.body)
    .where(_AUDIT.signoff_id == HOUSE, _AUDIT.body.contains('"kind":"passkey_'))
    .order_by(_AUDIT.seq)
)

FINGERPRINT = 20
"""Letters, of five bits each: no other key with the same ones can be found."""


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

    @property
    def fingerprint(self) -> str:
        """What people compare: whoever makes a key chooses its id, and with it how that begins."""
        digest = hashlib.sha256(f"{self.id}.{self.public_key}".encode()).digest()
        letters = base64.b32encode(digest).decode()
        return "-".join(letters[at : at + 4] for at in range(0, FINGERPRINT, 4))


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


def let_in_by(session: Session, key: Passkey) -> Sequence[PasskeyAdded]:
    """The entries that let in this very key for this person: a row alone lets nobody decide. None for
    one that was removed: it never comes back, whatever is written behind that.
    """
    told = [it for it in _told(session) if it.credential == key.id]
    if any(isinstance(it, PasskeyRemoved) for it in told):
        return []
    this = (key.person, digest_of(key.public_key))
    added = (it for it in told if isinstance(it, PasskeyAdded))
    return [it for it in added if (it.person, it.key_digest) == this]


def ever_let_in(session: Session) -> Mapping[tuple[str, str], Sequence[PasskeyAdded]]:
    """Each person with the digest of each key that the trail ever let them decide with, and where."""
    found: dict[tuple[str, str], list[PasskeyAdded]] = {}
    for it in _told(session):
        if isinstance(it, PasskeyAdded):
            found.setdefault((it.person, it.key_digest), []).append(it)
    return found


def digest_of(public_key: str) -> str:
    """As the trail says which key it is."""
    return f"sha256:{hashlib.sha256(public_key.encode()).hexdigest()}"


def used(session: Session, id: str, count: int) -> None:
    row = session.get_one(PasskeyRow, id)
    row.sign_count = count
    session.flush()


def become(session: Session, id: str, state: State, by: str) -> None:
    row = session.get_one(PasskeyRow, id)
    row.state, row.by = state.value, by
    session.flush()


def _told(session: Session) -> Iterator[PasskeyAdded | PasskeyRemoved]:
    """What happened to keys, oldest first, by entries whose bytes are those that were hashed."""
    found = _TOLD.rows(session, {})
    changed = [(seq, leaf, now) for seq, leaf, body in found if (now := _hash(body)) != leaf]
    erasures = erased.read(session) if changed else erased.NONE
    bad = {seq for seq, leaf, now in changed if not erasures.allow(seq, leaf, now)}
    for seq, _, body in found:
        if seq in bad:
            continue
        event = read_house_event(json.loads(body)["event"])
        if isinstance(event, PasskeyAdded | PasskeyRemoved):
            yield event


def _hash(body: str) -> str:
    return leaf_of(body.encode("utf-8", "surrogatepass"))


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
