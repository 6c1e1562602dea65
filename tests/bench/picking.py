"""Does it matter who is asked? A year of invented work, asked three ways.

Each way meets the same changes, the same people and the same luck: how long somebody takes to look
at one change is drawn once. The model flatters nobody: who is on call or knows the files looks no
sooner for it, one leave in five is never entered, and the chat says little that helps.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heappop, heappush
from statistics import mean, median, pstdev

from bot.domain.asking.choosing import SPARE, WIDER_AT_MOST, choose
from bot.domain.asking.rota import everybody_on_call
from bot.domain.asking.situation import Familiar, Leave, Load, Seen, Situation
from bot.domain.people import Contributors
from bot.domain.signoff import Ask
from tests.bench.year import HOUR, PLATFORM, Work, World, a_world

SEEDS = (1, 2, 3, 4, 5)
ESCALATES, EXPIRES, WEEK = HOUR, 8 * HOUR, timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a year was like. Waits are hours until the first look of somebody who may sign."""

    wait: float
    wait_p95: float
    off_hours: float
    busiest: float
    variation: float
    per_change: float


@dataclass(slots=True, kw_only=True)
class Year:
    """What happens as the year goes on: who was asked so far, and what still waits."""

    world: World
    open: Counter[str] = field(default_factory=Counter)
    moments: dict[str, list[datetime]] = field(default_factory=dict)
    asked: dict[int, set[str]] = field(default_factory=dict)
    looks: dict[int, datetime] = field(default_factory=dict)
    off_hours: int = 0

    def live(self, strategy: Strategy) -> list[float]:
        """Hours until the first look, one number for each change."""
        waits = dict[int, float]()
        agenda = [(work.at, False, number) for number, work in enumerate(self.world.work)]
        agenda += [(work.at + ESCALATES, True, n) for n, work in enumerate(self.world.work)]
        agenda.sort(reverse=True)
        looked = list[tuple[datetime, int]]()
        while agenda or looked:
            if looked and (not agenda or looked[0][0] <= agenda[-1][0]):
                at, number = heappop(looked)
                if number not in waits:
                    waits[number] = (at - self.world.work[number].at) / HOUR
                    self.open.subtract(self.asked[number])
                continue
            at, wider, number = agenda.pop()
            if number not in waits:
                self._ask(strategy, number, at, wider)
                if number in self.looks:
                    heappush(looked, (self.looks[number], number))
        return list(waits.values())

    def _ask(self, strategy: Strategy, number: int, at: datetime, wider: bool) -> None:
        work, asked = self.world.work[number], self.asked.setdefault(number, set())
        for person in strategy(self, work, at, wider, frozenset(asked)):
            looks = self.world.look(person, work, at, self.open[person])
            self.looks[number] = min(looks, self.looks.get(number, looks))
            self.off_hours += not self.world.is_working(person, at)
            self.moments.setdefault(person, []).append(at)
            self.open[person] += 1
            asked.add(person)

    def situation(self, work: Work, at: datetime) -> Situation:
        """What the bot would know at this moment."""
        world, members = self.world, self.world.eligible(work, wider=True)
        absences = {p: gone for p in members if (gone := world.absence(p, at)) and gone.entered}
        return Situation(
            at=at,
            until=work.at + EXPIRES,
            load={p: Load(open=self.open[p], week=self._lately(p, at)) for p in members},
            leave={p: Leave(until=a.end, deputy=a.deputy) for p, a in absences.items()},
            seen={p: Seen(member=True, active=world.is_active(p, at)) for p in members},
            on_call=everybody_on_call(world.rotas, at),
            familiar={
                p: Familiar(commits=commits, last=at - age)
                for p, (commits, age) in world.commits[work.team, work.part].items()
            },
        )

    def _lately(self, person: str, at: datetime) -> int:
        moments = self.moments.get(person, [])
        return len(moments) - bisect_left(moments, at - WEEK)


Strategy = Callable[[Year, Work, datetime, bool, frozenset[str]], Sequence[str]]


def ours(
    year: Year, work: Work, at: datetime, wider: bool, already: frozenset[str]
) -> Sequence[str]:
    ask = Ask(
        approvals=1,
        level="senior",
        groups=frozenset({work.team}),
        wider=frozenset({PLATFORM}),
    )
    choice = choose(
        ask,
        year.world.roster,
        Contributors(people=work.contributors),
        year.situation(work, at),
        f"change {work.number}",
        already=already,
        wider=wider,
    )
    return [asked.person for asked in choice.asked]


def at_random(
    year: Year, work: Work, at: datetime, wider: bool, already: frozenset[str]
) -> Sequence[str]:
    """As many as we would ask, by lot among those who may sign."""
    eligible = set(year.world.eligible(work, wider=wider)) - already
    by_lot = sorted(eligible, key=lambda p: sha256(f"{work.number} {p}".encode()).digest())
    return by_lot[: WIDER_AT_MOST if wider else 1 + SPARE]


def whole_group(
    year: Year, work: Work, at: datetime, wider: bool, already: frozenset[str]
) -> Sequence[str]:
    """Everybody who may sign."""
    return sorted(set(year.world.eligible(work, wider=wider)) - already)


STRATEGIES: dict[str, Strategy] = {
    "Countersign": ours,
    "as many, by lot": at_random,
    "the whole group": whole_group,
}


def simulate(strategy: Strategy, seed: int, changes: int = 6_000) -> Figures:
    """One year of so many changes under one strategy."""
    world = a_world(seed, changes)
    year = Year(world=world)
    waits = sorted(year.live(strategy))
    asks = [len(year.moments.get(person, ())) for person in world.roster.people]
    return Figures(
        wait=median(waits),
        wait_p95=waits[len(waits) * 95 // 100],
        off_hours=year.off_hours / sum(asks),
        busiest=max(asks) / median(asks),
        variation=pstdev(asks) / mean(asks),
        per_change=sum(asks) / len(world.work),
    )


def report(seeds: Sequence[int] = SEEDS, changes: int = 6_000) -> list[str]:
    """A Markdown table: for each strategy the medians of all these years."""
    lines = [
        "| who is asked | first look, median | 95th percentile | asks outside working hours "
        "| busiest against median | variation of load | asks per change |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, strategy in STRATEGIES.items():
        years = [astuple(simulate(strategy, seed, changes)) for seed in seeds]
        wait, p95, off, busiest, variation, per_change = map(median, zip(*years, strict=True))
        lines.append(
            f"| {name} | {wait * 60:.0f} min | {p95:.1f} h | {off:.0%} "
            f"| {busiest:.2f}× | {variation:.2f} | {per_change:.2f} |"
        )
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
