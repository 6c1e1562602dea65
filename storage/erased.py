"""Which entries were erased since they were written, and who says so?

An erasure is an entry itself. It counts if its own bytes are those that were hashed, or those that
a later one names: whoever is erased may have erased others before.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select as select_rows
from sqlmodel import Session

from bot.domain.house_events import HOUSE, Erased
from bot.merkle import leaf_of
from storage.documents import canonical, house_event_facts, read_house_event
from storage.statements import Statement
from storage.tables import table

_ROW = table("audit").c
_SAID = Statement(
    select_rows(_ROW.seq, _ROW.leaf, _ROW.body)
    .where(_ROW.signoff_id == HOUSE, _ROW.body.contains('"kind":"erased"'))
    .order_by(_ROW.seq.desc())
)

_SIGNED_AS = b"countersign-erased/1\n"
_FREE = ("by", "why", "signature")
"""Who erased somebody may be erased, too."""

Genuine = Callable[[Erased], bool]


@dataclass(frozen=True, slots=True)
class Said:
    """Entry `seq` says so."""

    seq: int
    event: Erased


@dataclass(frozen=True, slots=True)
class Erasures:
    """`entries`: of each that was erased the hash it was written with, and that of its bytes now.
    `attestations`: signoffs whose attestation is gone. `said` the oldest first; nobody vouches for
    what the entries in `doubtful` say.
    """

    entries: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    attestations: frozenset[str] = frozenset()
    said: tuple[Said, ...] = ()
    doubtful: tuple[int, ...] = ()

    def allow(self, seq: int, leaf: str, now: str) -> bool:
        return self.entries.get(seq) == (leaf, now)


NONE = Erasures()


def read(session: Session, genuine: Genuine = lambda event: True) -> Erasures:
    """From the last one back: what was said later of an entry counts."""
    entries: dict[int, tuple[str, str]] = {}
    attestations: set[str] = set()
    said, doubtful = [], []
    for seq, leaf, body in _SAID.rows(session, {}):
        event = _event(body)
        if event is None or not _as_written(entries, seq, leaf, body):
            continue  # whoever looks at the entries says that it was changed
        if not genuine(event):
            doubtful.append(seq)
            continue
        said.append(Said(seq, event))
        attestations.update(it.signoff_id for it in event.attestations)
        for it in event.entries:
            if it.seq < seq:
                entries.setdefault(it.seq, (it.leaf, it.now))
    said.reverse()
    return Erasures(entries, frozenset(attestations), tuple(said), tuple(sorted(doubtful)))


def to_sign(event: Erased) -> bytes:
    """What the signature of an erasure is of."""
    facts = house_event_facts(event)
    if not isinstance(facts, dict):
        raise TypeError(facts)
    return _SIGNED_AS + canonical({name: it for name, it in facts.items() if name not in _FREE})


def signature_of(event: Erased, sign: Callable[[bytes], bytes]) -> str:
    return base64.b64encode(sign(to_sign(event))).decode()


def is_signed(event: Erased, by: Callable[[bytes, bytes], bool]) -> bool:
    """`by` tells whether a message has this signature."""
    try:
        return by(to_sign(event), base64.b64decode(event.signature, validate=True))
    except ValueError:
        return False


def _as_written(entries: Mapping[int, tuple[str, str]], seq: int, leaf: str, body: object) -> bool:
    if not isinstance(body, str):
        return False
    now = leaf_of(body.encode("utf-8", "surrogatepass")).hex()
    return now == leaf or entries.get(seq) == (leaf, now)


def _event(body: object) -> Erased | None:
    try:
        event = read_house_event(json.loads(str(body))["event"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return event if isinstance(event, Erased) else None
