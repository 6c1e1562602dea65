"""What may a rule look at? Gathered before any rule is asked, so that none can fail halfway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.change import Change
from bot.domain.people import Contributors, Person, Roster
from bot.domain.places import Places
from bot.domain.provenance import Provenance
from bot.domain.risk import Risk

NEVER_DRAWN = 10_000
"""A draw that falls into no sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is known of one change when policy judges it.

    `draw` is this change's lot for samples, from 0 to 9,999; `windows` are the names of the
    windows (a freeze, a peak) that were open `at` the opening. `lines` is None where not all were
    counted.
    """

    change: Change
    provenance: Provenance
    contributors: Contributors
    risk: Risk
    roster: Roster
    author: Person | None
    at: datetime
    draw: int = NEVER_DRAWN
    windows: tuple[str, ...] = ()
    paths: Places = field(repr=False)
    lines: int | None


def gather(
    change: Change,
    roster: Roster,
    provenance: Provenance,
    contributors: Contributors,
    risk: Risk,
    at: datetime,
    paths: Places,
    *,
    draw: int = NEVER_DRAWN,
    windows: Iterable[str] = (),
) -> Facts:
    return Facts(
        change=change,
        provenance=provenance,
        contributors=contributors,
        risk=risk,
        roster=roster,
        author=roster.identify(change.author),
        at=at,
        draw=draw,
        windows=tuple(windows),
        paths=paths,
        lines=_lines(change),
    )


def _lines(change: Change) -> int | None:
    counted = all(file.counted for file in change.files)
    return change.additions + change.deletions if counted else None
