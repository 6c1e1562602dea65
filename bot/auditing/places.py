"""Is what was asked for last in each line, and went on there, what the entries tell?

What was stopped goes along with what is built upon it: without its row nobody would know of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from bot.auditing.findings import Flaws
from bot.domain.erasing import PSEUDONYM
from bot.domain.signoff import Signoff
from bot.domain.unshipped import MOST_APART, builds_up, is_base, line_of
from bot.engine.attesting import Decided
from storage.histories import Entry
from storage.housekeeping import Place

GONE = "its entries tell what was asked for there, and its row is gone"
UNTOLD = "nothing in the trail tells of it"
OTHERWISE = "it says something else than its entries"
LEFT_OUT = "it was judged without what was stopped before where it goes"

_OF_BEFORE = '"v":"countersign-audit/1"}'
"""How entries end that may be older than the rows, which were then made from documents."""

_EVER = datetime.min.replace(tzinfo=UTC)


class _Asked(NamedTuple):
    """What of a signoff decides about those after it. `signed`: the entry that let it go on, if it
    was no emergency, and `is_base` whether others are compared with it since. `old`: it may be of a
    time when nothing went along.
    """

    seq: int
    id: str
    along: tuple[str, ...]
    apart: tuple[str, ...]
    renews: str
    signed: int
    is_base: bool
    builds_up: bool
    old: bool

    def signed_by(self, seq: int) -> bool:
        return 0 < self.signed < seq

    def left(self, seq: int) -> tuple[str, ...]:
        """As `unshipped.left_by` told when entry `seq` was written."""
        if not self.builds_up or (self.signed_by(seq) and self.is_base):
            return self.apart
        if self.signed_by(seq):
            return (*self.along, *self.apart)
        return (self.id, *self.along, *self.apart)


@dataclass(slots=True)
class _Line:
    """By the numbers of entries, and as rows were made of what was there before there were any:
    by the moment when it was asked for.
    """

    asked: list[_Asked] = field(default_factory=list)
    went_on: tuple[int, str, bool] = (0, "", False)
    made_asked: tuple[datetime, frozenset[str]] = (_EVER, frozenset())
    made_went_on: tuple[datetime, str] = (_EVER, "")

    def hear(self, signoff: Signoff, entries: Sequence[Entry], decided: Decided | None) -> None:
        is_old = {seq: str(body).endswith(_OF_BEFORE) for _, seq, _, body in entries}
        first, revision, at = entries[0][1], signoff.change.revision, signoff.opened_at
        old, by, base = is_old[first], 0, False
        if decided and decided.signoff.status.signed:
            by, base = decided.by.seq, is_base(decided.signoff)
        if base:
            self.went_on = max(self.went_on, (by, revision, is_old[by]))
        asked = _Asked(
            seq=first,
            id=signoff.id,
            along=signoff.along,
            apart=signoff.apart,
            renews=signoff.renews,
            signed=by,
            is_base=base,
            builds_up=builds_up(signoff.change),
            old=old,
        )
        self.asked.append(asked)
        if old and at >= self.made_asked[0]:
            others = self.made_asked[1] if at == self.made_asked[0] else frozenset()
            self.made_asked = (at, others | {signoff.id})
        if old and signoff.status.proceed:
            self.made_went_on = max(self.made_went_on, (at, revision))

    def flaws(self, row: Place) -> list[str]:
        newest, (seq, revision, went_old) = max(self.asked), self.went_on
        asked = {newest.id, *(self.made_asked[1] if newest.old else ())}
        made = {self.made_went_on[1]} if went_old or not seq else set()
        wrong = ["newest"] if row.newest not in asked else []
        return [*wrong, "went_on"] if row.went_on not in {revision, *made} else wrong

    def short(self) -> Iterator[str]:
        """Signoffs that were judged without all that was stopped before them, as far as its name
        stands neither among what goes along nor among what does not.
        """
        known = {it.id: it for it in self.asked}
        for before, it in pairwise(sorted(self.asked)):
            gone = {id for id in before.left(it.seq) if id in known and known[id].signed_by(it.seq)}
            within = {id for one in it.along if one in known for id in known[one].along}
            left = {*before.left(it.seq)} - {*it.along, *it.apart, it.renews, *gone, *within}
            if left and not it.old and len(it.apart) < MOST_APART:
                yield it.id


@dataclass(slots=True)
class Lines:
    """What the entries of all signoffs tell. `whole`: none of them could not be told."""

    whole: bool = True
    _lines: dict[tuple[str, str], _Line] = field(default_factory=dict)

    def hear(self, signoff: Signoff, entries: Sequence[Entry], decided: Decided | None) -> None:
        where = (signoff.change.connection, line_of(signoff.change))
        self._lines.setdefault(where, _Line()).hear(signoff, entries, decided)

    def compare(self, rows: Iterable[Place], flaws: Flaws) -> None:
        """Where somebody's name was erased from what a line is called nothing is compared."""
        if not self.whole:
            return
        for id in (id for line in self._lines.values() for id in line.short()):
            flaws.add("signoff", id, LEFT_OUT)
        left = {where: it for where, it in self._lines.items() if not _is_erased(*where)}
        for row in rows:
            if _is_erased(row.connection, row.line):
                continue
            line = left.pop((row.connection, row.line), None)
            if wrong := line.flaws(row) if line else []:
                why = f"{OTHERWISE}: {', '.join(wrong)}"
                flaws.add("place", _called(row.connection, row.line), why)
            elif line is None:
                flaws.add("place", _called(row.connection, row.line), UNTOLD)
        for where in left:
            flaws.add("place", _called(*where), GONE)


def _is_erased(connection: object, line: object) -> bool:
    return PSEUDONYM in f"{connection}\n{line}"


def _called(connection: object, line: object) -> str:
    """What people know it by."""
    return " ".join(filter(None, f"{connection}\n{line}".split("\n")))
