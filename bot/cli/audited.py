"""How does it read whether the audit trail holds?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.cli import terminal
from bot.clock import elapsed

TOLD_EVERY = 0.25
"""Seconds."""

WIDE = 12

ENTRIES_NAMED = 8
"""Of each erasure; all of them are in the JSON."""


class Flaw(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def which(self) -> int | str: ...
    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Entry `seq` says that somebody was taken out of these `entries`, and why."""

    seq: int
    at: datetime
    by: str
    why: str
    what: str
    pseudonym: str
    entries: Sequence[int]
    attestations: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """`signoffs` and `attestations` are None where only the trail was looked at. `unnamed`: how many
    flaws are not among those that are named. `keyids` sign the checkpoints.
    """

    entries: int
    checkpoints: int
    signoffs: int | None
    attestations: int | None
    flaws: Sequence[Flaw]
    unnamed: int
    newest: str
    newest_size: int
    keyids: Sequence[str]
    guarded: bool
    erasures: Sequence[Erasure] = ()

    @property
    def holds(self) -> bool:
        return not self.flaws


def said(found: Audited) -> Iterator[str]:
    """For standard output, if all is well."""
    yield f"{found.entries:,} entries hold"
    yield from _erasures(found)
    yield _checkpoints(found)
    if found.signoffs is not None:
        yield (
            f"{found.signoffs:,} sign-offs are what their entries tell; "
            f"{found.attestations or 0:,} attestations are genuine"
        )
    if found.newest:
        yield "Keep this elsewhere, and compare with it later (--checkpoint):"
        yield ""
        yield from found.newest.rstrip("\n").split("\n")


def unguarded(found: Audited) -> Iterator[str]:
    if not found.guarded:
        yield "the triggers that guard the trail in the database are gone: see docs/audit.md"


def objections(found: Audited) -> Iterator[str]:
    """For standard error, if not."""
    yield "the audit trail does not hold"
    for flaw in found.flaws:
        which = flaw.which if isinstance(flaw.which, int) else terminal.escaped(flaw.which)
        kind = "" if flaw.kind == "signoff" else f"{flaw.kind} "
        yield f"{kind}{which}: {terminal.escaped(flaw.why)}"
    if found.unnamed:
        yield f"and {found.unnamed:,} more"


def as_json(found: Audited) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "entries": found.entries,
        "checkpoints": found.checkpoints,
        "signoffs": found.signoffs,
        "attestations": found.attestations,
        "flaws": [{it.kind: it.which, "why": it.why} for it in found.flaws],
        "more_flaws": found.unnamed,
        "guarded": found.guarded,
        "erased": [{**asdict(it), "at": it.at.isoformat()} for it in found.erasures],
        "newest": found.newest or None,
    }


def _erasures(found: Audited) -> Iterator[str]:
    """Whoever reads it judges whether it was right."""
    count = len({seq for it in found.erasures for seq in it.entries})
    if count:
        yield f"{count:,} of them were erased since, which their hashes do not show; it is said by"
    for it in found.erasures:
        numbers = ", ".join(map(str, it.entries[:ENTRIES_NAMED]))
        more = len(it.entries) - ENTRIES_NAMED
        those = f"{numbers} and {more:,} more" if more > 0 else numbers or "no entry"
        said = f"{it.by}: {it.why} ({it.what}; {those})"
        yield f"  entry {it.seq}, {it.at:%Y-%m-%d %H:%M} UTC, {terminal.escaped(said)}"


def _checkpoints(found: Audited) -> str:
    if not found.checkpoints:
        return "no checkpoint is there yet"
    named = f"; the newest is over {found.newest_size:,} entries" if found.newest else ""
    return f"{found.checkpoints:,} checkpoints hold{named}, signed by {' or '.join(found.keyids)}"


class Bar:
    """How far it is, on one line of a terminal; in a log nothing."""

    def __init__(self, whole: int, clock: Callable[[], float] = elapsed) -> None:
        self._whole, self._done, self._clock = max(whole, 1), 0, clock
        self._began = self._told_at = clock()
        self._shows = sys.stderr.isatty()

    def __call__(self, more: int) -> None:
        self._done += more
        now = self._clock()
        if self._shows and now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            sys.stderr.write(f"\r\x1b[K{terminal.fitted(self._line(now), terminal.width() - 1)}")
            sys.stderr.flush()

    def end(self) -> None:
        if self._shows:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _line(self, now: float) -> str:
        part = min(self._done / self._whole, 1.0)
        filled = int(part * WIDE)
        left = (now - self._began) * (1 - part) / part if part else 0
        bar = "#" * filled + "-" * (WIDE - filled)
        done = f"{self._done:,} of {self._whole:,} entries"
        return f"[{bar}] {part:4.0%}  {done}, {left:.0f} s left"
