"""Where does somebody stand in all that is stored, and what is to stand there instead?

Signoffs are told anew from their entries, so that state and trail agree as before; what was signed
of them, and names somebody, cannot be changed, and goes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlmodel import Session

from bot.domain.erasing import Eraser, Names, renamed_findings
from bot.domain.errors import Refusal
from bot.domain.events import Opened
from bot.domain.house_events import HOUSE, ErasedAttestation
from bot.domain.lifecycle import replay
from bot.domain.signoff import Signoff
from bot.domain.statement import Position, statement_of
from storage import audit, documents, erasing_rows
from storage.changing import Changed, NotErased
from storage.erasing_rows import FORGOTTEN, RENAMED, Found
from storage.statements import Statement
from storage.tables import table

_AUDIT, _SIGNOFF, _ATTESTATION = table("audit"), table("signoff"), table("attestation")
_OF = Statement(
    select(_AUDIT.c.seq, _AUDIT.c.signoff_id, _AUDIT.c.prev, _AUDIT.c.leaf, _AUDIT.c.body)
    .where(_AUDIT.c.signoff_id == bindparam("of"))
    .order_by(_AUDIT.c.seq)
)
_ROW_OF = Statement(_SIGNOFF.select().where(_SIGNOFF.c.id == bindparam("of")))
_ENVELOPE = Statement(_ATTESTATION.select().where(_ATTESTATION.c.signoff_id == bindparam("of")))
_CALLED = ("login", "email", "name", "id")
_IDENTITY = frozenset({*_CALLED, "kind"})


@dataclass(slots=True)
class Look:
    """All that is to be changed. `remnants` are longer words that hold a name and stay, `beside`
    what else those who bear the names are called. `in_the_way`: what has to be over first. So many
    are `not_over` yet, and stay; `more`: this is not all.
    """

    entries: list[Changed] = field(default_factory=list)
    signoffs: dict[str, Signoff] = field(default_factory=dict)
    attestations: list[ErasedAttestation] = field(default_factory=list)
    forgotten: dict[str, list[Row[Any]]] = field(default_factory=dict)
    renamed: dict[str, list[Found]] = field(default_factory=dict)
    deliveries: list[Row[Any]] = field(default_factory=list)
    in_the_way: list[str] = field(default_factory=list)
    not_over: int = 0
    more: bool = False
    remnants: Counter[str] = field(default_factory=Counter)
    beside: set[str] = field(default_factory=set)

    @property
    def rows(self) -> Mapping[str, int]:
        """How many of each table."""
        rest = {name: len(it) for name, it in self.forgotten.items()}
        for name, found in self.renamed.items():
            rest[name] = rest.get(name, 0) + len(found)
        whole = {
            "audit": len(self.entries),
            "signoff": len(self.signoffs),
            "attestation": len(self.attestations),
            "inbox": len(self.deliveries),
            **rest,
        }
        return {name: count for name, count in sorted(whole.items()) if count}

    @property
    def unsalted(self) -> int:
        return sum(not it.salted for it in self.entries)


def eraser(session: Session, names: Names, pseudonym: str) -> Eraser:
    """It knows what else gives somebody away: hashes of what they said, their security keys."""
    plain = Eraser(names, pseudonym)
    instead: dict[str, str] = {}
    bodies = (json.loads(it.body)["event"] for it in _entries_with(session, plain))
    for known in (*bodies, *_dossiers_with(session, plain)):
        instead |= renamed_findings(known, plain.value(known))
    theirs = (row for row, _ in erasing_rows.renamed(session, "passkey", plain))
    keys = [it.id for it in theirs if plain.text(it.person) == pseudonym]
    instead |= {id: f"{pseudonym}-{number}" for number, id in enumerate(keys, 1)}
    return replace(plain, instead=instead)


def look(session: Session, eraser: Eraser) -> Look:
    """Raises NotErased for a trail that does not hold: what was changed before is never hidden."""
    if flaw := audit.verify(session):
        raise NotErased(f"audit entry {flaw.seq} does not hold: {flaw.why}")
    found = Look()
    for entry in _entries_with(session, eraser):
        _entry(found, entry, eraser)
    about = dict.fromkeys(it.entry.signoff_id for it in found.entries)
    about.pop(HOUSE, None)
    for signoff_id in about:
        _signoff(session, found, signoff_id, eraser)
    _rows(session, found, eraser)
    return found


def _entries_with(session: Session, eraser: Eraser) -> Iterator[audit.Entry]:
    return (it for it in audit.entries(session) if eraser.may_meet(it.body))


def _dossiers_with(session: Session, eraser: Eraser) -> Iterator[object]:
    for row, _ in erasing_rows.dossiers(session, eraser):
        yield json.loads(row.document)


def _entry(found: Look, entry: audit.Entry, eraser: Eraser) -> None:
    said = json.loads(entry.body)
    event = eraser.value(said["event"])
    _note(found, event, said["event"], eraser)
    if event != said["event"]:
        found.entries.append(Changed.of(entry, said, event))


def _note(found: Look, left: object, before: object, eraser: Eraser) -> None:
    """What an operator may want to erase as well."""
    match left:
        case str():
            found.remnants.update(eraser.remnants(left))
        case list() if isinstance(before, list):
            for one, other in zip(left, before, strict=True):
                _note(found, one, other, eraser)
        case dict() if isinstance(before, dict):
            for name, it in left.items():
                _note(found, it, before[name], eraser)
            if left.keys() >= _IDENTITY and left != before:
                others = [it for it in _CALLED if left[it] != eraser.pseudonym]
                found.beside.update(before[it] for it in others if _names(before[it]))


def _names(value: object) -> bool:
    return isinstance(value, str) and not value.endswith(":") and value != ""


def _signoff(session: Session, found: Look, signoff_id: str, eraser: Eraser) -> None:
    """As its entries tell it now. Raises NotErased."""
    [row] = _ROW_OF.records(session, {"of": signoff_id}) or [None]
    bodies = [it.body for it in entries_of(session, signoff_id)]
    changed = {it.entry.body: it.body for it in found.entries if it.entry.signoff_id == signoff_id}
    try:
        before = replayed(bodies)
        after = replayed([changed.get(it, it) for it in bodies])
    except (ValueError, KeyError, TypeError, Refusal) as problem:
        raise NotErased(f"{signoff_id} could not be told any more: {problem}") from None
    if row is None or documents.read_signoff(row.document) != before:
        raise NotErased(f"{signoff_id} is not what its entries tell: run countersign audit verify")
    if (after.id, after.status) != (before.id, before.status):
        raise NotErased(f"{signoff_id} would no longer tell what came of it")
    if not after.status.is_final:
        found.in_the_way.append(f"{signoff_id} is not decided yet")
    found.signoffs[signoff_id] = after
    for kept in _ENVELOPE.records(session, {"of": signoff_id}):
        if not (_names_them(kept.envelope, eraser) or _signed_of(before) != _signed_of(after)):
            continue  # whoever was only asked is not in it
        digest = hashlib.sha256(kept.envelope.encode()).hexdigest()
        gone = ErasedAttestation(signoff_id=signoff_id, digest=f"sha256:{digest}")
        found.attestations.append(gone)


def _signed_of(signoff: Signoff) -> object:
    """Hashes of what is erased stand there as well."""
    nowhere = Position(origin="", seq=0, leaf="", checkpoint="", proof=())
    return statement_of(signoff, nowhere, signoff.opened_at, {})


def _names_them(envelope: str, eraser: Eraser) -> bool:
    """Whatever cannot be read could name anybody."""
    try:
        payload = base64.b64decode(json.loads(envelope)["payload"], validate=True)
        return eraser.may_meet(payload.decode())
    except (ValueError, KeyError, TypeError, RecursionError):
        return True


def entries_of(session: Session, signoff_id: str) -> list[audit.Entry]:
    """Of one signoff, the oldest first."""
    return [audit.Entry(*row) for row in _OF.rows(session, {"of": signoff_id})]


def replayed(bodies: Sequence[str]) -> Signoff:
    first, *later = [documents.read_event(json.loads(it)["event"]) for it in bodies]
    if not isinstance(first, Opened):
        raise ValueError("it was never opened")
    return replay(first, later)


def _rows(session: Session, found: Look, eraser: Eraser) -> None:
    for name in FORGOTTEN:
        found.forgotten[name] = list(erasing_rows.forgotten(session, name, eraser))
    for name in RENAMED:
        found.renamed[name] = list(erasing_rows.renamed(session, name, eraser))
    found.renamed[erasing_rows.DOCUMENTS] = list(erasing_rows.dossiers(session, eraser))
    for row in erasing_rows.deliveries(session, eraser):
        if row.state == "waiting":
            found.in_the_way.append(f"a delivery of {row.source} was not read yet")
        else:
            found.deliveries.append(row)
    told = {it.signoff_id for it in erasing_rows.undelivered(session, eraser, found.signoffs)}
    found.in_the_way += [f"{it} is not told yet: see countersign outbox" for it in sorted(told)]
    active = [it for it, new in found.renamed["passkey"] if _decides(it, new)]
    found.in_the_way += [f"security key {it.id[:12]} can decide: remove it first" for it in active]


def _decides(row: Row[Any], new: Mapping[str, object]) -> bool:
    """It would be theirs no more, or another."""
    return row.state == "active" and any(
        new[it] != row._mapping[it] for it in ("id", "person", "public_key")
    )
