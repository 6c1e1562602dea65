"""What is one turn of counting? What some entries touch, and what is to be written for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.house_events import IncidentLinked, RolledBack, Unasked
from bot.domain.seeing.counted import Cell, Counted, day_at
from storage import documents

log = logging.getLogger(__name__)

Sums = dict[str, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to which entry it is counted, and by which version."""

    seq: int
    made: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """Something that was deployed unasked, by its entry."""

    seq: int
    environment: str
    day: int

    @property
    def id(self) -> str:
        return f"@{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A signoff that came to an end, which was not counted before. `took`: how long people took, or
    were waited for.
    """

    status: str
    tier: str
    took: float | None
    in_time: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to be written so that it is counted from `since` up to `until`. `rows` with the entry
    that each is made of; `ids` of all that may stand there already; `cells` that are nought go.
    """

    since: int
    until: int
    rows: Sequence[tuple[int, Counted]]
    went: Sequence[Went]
    cells: Mapping[Cell, Sums | None]
    ended: Sequence[Ended]
    more: bool

    @property
    def ids(self) -> list[str]:
        return [*(row.signoff_id for _, row in self.rows), *(it.id for it in self.went)]


@dataclass(slots=True)
class Touched:
    """By some entries: signoffs, each by the newest and the oldest of them."""

    newest: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, int] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)
    went: list[Went] = field(default_factory=list)

    def add(self, seq: int, signoff_ids: Iterable[str]) -> None:
        for it in signoff_ids:
            self.newest[it] = max(seq, self.newest.get(it, 0))
            self.oldest.setdefault(it, seq)

    def tell(self, seq: int, body: str) -> None:
        """Of what happened to the house."""
        try:
            event = documents.read_house_event(json.loads(body)["event"])
        except (ValueError, KeyError, TypeError):
            log.exception("entry %s of the trail cannot be counted", seq)
            return
        match event:
            case IncidentLinked():
                self.add(seq, [event.signoff_id])
            case RolledBack():
                self.taken_back.update(event.signoffs)
                self.add(seq, event.signoffs)
            case Unasked(deed="deployed"):
                day = day_at(event.at)
                self.went.append(Went(seq=seq, environment=event.environment, day=day))
