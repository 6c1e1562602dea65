"""Is each entry what was hashed, where it was put, and what do all of them hash to?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from bot.auditing.findings import Flaws
from bot.merkle import NO_LEAVES, Growing
from storage.audit import NOTHING, Entry, flaw
from storage.erased import NONE, Erasures

TELL_EVERY = 1000

Told = Callable[[int], None]
"""Hears how many more entries were looked at."""


def walk(
    entries: Iterable[Entry],
    sizes: Collection[int],
    flaws: Flaws,
    told: Told,
    erasures: Erasures = NONE,
) -> Walk:
    """Once over all of them; what is wrong is named, and it goes on behind it."""
    found = Walk(frozenset(sizes), flaws, erasures)
    for entry in entries:
        found.look(entry)
        if not found.count % TELL_EVERY:
            told(TELL_EVERY)
    told(found.count % TELL_EVERY)
    return found


@dataclass(slots=True)
class Walk:
    """`last` is the number of the last entry, `whole_to` that of the last before the first gap.

    `roots`: at these sizes, over the hashes that are stored, as far as none is missing.
    """

    wanted: frozenset[int]
    flaws: Flaws
    erasures: Erasures = NONE
    count: int = 0
    last: int = 0
    whole_to: int = 0
    roots: dict[int, bytes] = field(default_factory=lambda: {0: NO_LEAVES})
    _tree: Growing = field(default_factory=Growing)
    _prev: str = NOTHING

    def look(self, entry: Entry) -> None:
        seq = entry.seq
        if seq < 1:
            self.flaws.add("entry", seq, "there is no such number")
            return
        if seq != self.last + 1:
            self._miss(seq - 1)
            self._prev = entry.prev
        if why := flaw(entry, self._prev, self.erasures):
            self.flaws.add("entry", seq, why)
        if self.whole_to == seq - 1:
            self._grow(entry)
        self.count, self.last, self._prev = self.count + 1, seq, entry.leaf

    def _miss(self, until: int) -> None:
        first = self.last + 1
        more = "" if first == until else f", and all to {until}"
        self.flaws.add("entry", first, f"it is missing{more}")

    def _grow(self, entry: Entry) -> None:
        """A leaf that is none was named already; roots over it are none either."""
        try:
            self._tree.append(bytes.fromhex(entry.leaf))
        except (ValueError, TypeError):
            self._tree.append(b"")
        self.whole_to = entry.seq
        if entry.seq in self.wanted:
            self.roots[entry.seq] = self._tree.root()
