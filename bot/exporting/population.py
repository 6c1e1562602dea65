"""Which records are there in a period, and which of them are drawn as a sample?

Whoever has the same database gets the same answer: nothing in here is left to chance.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.record import Population
from bot.domain.statement import stamp
from bot.merkle import Growing, leaf_of
from storage.audit import Entry

_MODULUS = 1 << 256
_OPENED, _SHIPPED = '"kind":"opened"', '"kind":"shipped"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What was asked for from `since` on and before `until`; no environments: in all of them."""

    since: datetime
    until: datetime
    environments: frozenset[str] = frozenset()

    def spans(self, at: datetime) -> bool:
        return self.since <= at < self.until

    def holds(self, at: datetime, environment: str) -> bool:
        return self.spans(at) and (not self.environments or environment in self.environments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    size: int
    seed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """`root` is the RFC 6962 root over the ids in their order, `ids_sha256` the hash of them with
    a line break behind each. `drawn` is None where all are wanted.
    """

    population: Population
    count: int
    root: str
    ids_sha256: str
    drawn: frozenset[str] | None
    fingerprint: int

    def wants(self, record_id: str) -> bool:
        return self.drawn is None or record_id in self.drawn


@dataclass(slots=True)
class Gathered:
    """Ids in any order, as one number: the same for the same ids. `shipped` are those of which it
    was told in the period that they shipped, whenever they were asked for.
    """

    count: int = 0
    fingerprint: int = 0
    shipped: set[str] = field(default_factory=set)

    def add(self, record_id: str) -> None:
        self.count += 1
        digest = int.from_bytes(hashlib.sha256(record_id.encode()).digest())
        self.fingerprint = (self.fingerprint + digest) % _MODULUS


def lot(seed: str, root: str, record_id: str) -> bytes:
    """Those with the smallest are drawn. The root is known to nobody before the period is over: so
    nobody who asks can see whether they will be drawn, not even if they know the seed.
    """
    return hashlib.sha256("\0".join((seed, root, record_id)).encode()).digest()


def counted(
    ids: Callable[[], Iterable[str]], period: Period, sample: Sample | None = None
) -> Counted:
    """Over all of them, in their order; once more where some are to be drawn."""
    tree, lines, gathered = Growing(), hashlib.sha256(), Gathered()
    for record_id in ids():
        tree.append(leaf_of(record_id.encode()))
        lines.update(f"{record_id}\n".encode())
        gathered.add(record_id)
    root = tree.root().hex()
    return Counted(
        population=Population(
            id=_name(period, tree.size, root), since=period.since, until=period.until
        ),
        count=tree.size,
        root=root,
        ids_sha256=lines.hexdigest(),
        drawn=_drawn(ids(), root, sample) if sample else None,
        fingerprint=gathered.fingerprint,
    )


def _name(period: Period, count: int, root: str) -> str:
    """The same period of the same signoffs, whoever asks."""
    facts = [
        stamp(period.since),
        stamp(period.until),
        sorted(period.environments),
        count,
        root,
    ]
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


def _drawn(ids: Iterable[str], root: str, sample: Sample) -> frozenset[str]:
    """Those with the smallest lots."""
    lots = ((lot(sample.seed, root, record_id), record_id) for record_id in ids)
    return frozenset(record_id for _, record_id in heapq.nsmallest(sample.size, lots))


def watched(entries: Iterable[Entry], period: Period, found: Gathered) -> Iterator[Entry]:
    """The entries, as they are; what the trail says was asked for in the period is gathered, and
    what it says shipped in it.
    """
    for entry in entries:
        body = str(entry.body)  # SQLite takes anything for a text
        if _OPENED in body or _SHIPPED in body:
            _look(entry.body, period, found)
        yield entry


def _look(body: str, period: Period, found: Gathered) -> None:
    """What cannot be read is named by whoever looks at each entry."""
    try:
        entry = json.loads(body)
        event = entry["event"]
        at = datetime.fromisoformat((event.get("shipment") or event)["at"])
        if event["kind"] == "opened" and period.holds(at, event["change"]["environment"]):
            found.add(entry["signoff"])
        elif event["kind"] == "shipped" and period.spans(at):
            found.shipped.add(entry["signoff"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
