"""What does one database carry? The tables of docs/scale.md.

`python -m tests.bench.scale` prints them; `--write docs/scale.md` puts them there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from pathlib import Path

from bot.chat.slack.client import PACE
from tests.bench.writer import (
    MINUTE,
    PLACES,
    POSTGRESQL,
    SQLITE,
    Load,
    Outcome,
    Store,
    knee,
    simulate,
    work_of,
)

PEAK_HOUR = 0.12
"""Of a working day's signoffs, those of its busiest hour."""

WORKING_DAY = 7 / 5.4
"""A working day against the mean of all days: two days of the week have a fifth of its work each."""

CORRECTIONS = PACE.change.count
"""What we let a workspace have in a minute: a little less than Slack says it takes."""

CARDS = 3.4
"""Of a signoff, to be corrected once: in the channel, and of 2.4 people (docs/performance.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployer:
    """Somebody who said how often they deploy, as deployments a year."""

    name: str
    yearly: float

    @property
    def at_peak(self) -> float:
        """Signoffs a second in the busiest hour of a working day, if every deployment asked."""
        return self.yearly / 365 * WORKING_DAY * PEAK_HOUR / 3600


DEPLOYERS = (
    Deployer(name="Amazon, 2014", yearly=50e6),
    Deployer(name="Uber, 2023", yearly=100_000 * 365 / 7),
    Deployer(name="Etsy", yearly=50 * 365),
)


def carried(knees: Sequence[float]) -> Iterator[str]:
    yield "| | writer's ms a signoff | signoffs/s if no two units share a turn, the worst of many processes | the most at peak/s | a working day |"
    yield "|---|---|---|---|---|"
    for place, most in zip(PLACES, knees, strict=True):
        work, day = work_of(place), most * 3600 / PEAK_HOUR
        cells = " | ".join(_short(it) for it in (work, 1000 / work, most))
        yield f"| {place.name} | {cells} | {_short(day)} |"


def waits(knees: Sequence[float]) -> Iterator[str]:
    shares = (0.2, 0.5, 0.8)
    heads = " | ".join(f"at {share:.0%}: click | change | busy" for share in shares)
    yield f"| | {heads} |"
    yield "|---|" + "---|" * 3 * len(shares)
    for place, most in zip(PLACES, knees, strict=True):
        cells = []
        for share in shares:
            outcome = simulate(place, Load(rate=share * most, lasts=max(300.0, 200 / most)))
            cells += [_waited(outcome, "click"), _waited(outcome, "change")]
            cells += [f"{outcome.busy / outcome.ended:.0%}"]
        yield f"| {place.name} | {' | '.join(cells)} |"


def monday(knees: Sequence[float]) -> Iterator[str]:
    sizes = (1_000, 10_000, 100_000)
    yield "| | " + " | ".join(f"{size:,} due" for size in sizes) + " | click meanwhile |"
    yield "|---|" + "---|" * (len(sizes) + 1)
    for place, most in zip(PLACES, knees, strict=True):
        outcomes = [simulate(place, Load(rate=most / 5, lasts=MINUTE, late=size)) for size in sizes]
        took = " | ".join(_span(outcome.caught_up) for outcome in outcomes)
        yield f"| {place.name} | {took} | {_waited(outcomes[-1], 'click')} |"


def limits(_: Sequence[float]) -> Iterator[str]:
    """What else is full, and mostly sooner."""
    rows = (
        ("a Slack workspace: 48 corrections a minute", CORRECTIONS / 60 / CARDS),
        ("one process on SQLite: computing", 1000 / SQLITE.process),
        ("each process on PostgreSQL: computing", 1000 / POSTGRESQL.process),
    )
    yield "| | signoffs/s | a working day |"
    yield "|---|---|---|"
    for name, rate in rows:
        yield f"| {name} | {_short(rate)} | {_short(rate * 3600 / PEAK_HOUR)} |"


def deployers(knees: Sequence[float]) -> Iterator[str]:
    names = " | ".join(
        f"{who.name}: {_short(who.yearly / 365)} a day, {_short(who.at_peak)}/s at peak"
        for who in DEPLOYERS
    )
    yield f"| | {names} | Amazon, if 10 % ask |"
    yield "|---|" + "---|" * (len(DEPLOYERS) + 1)
    for place, most in zip(PLACES, knees, strict=True):
        times = [most / who.at_peak for who in DEPLOYERS]
        cells = " | ".join(f"{_short(ratio)}×" for ratio in (*times, 10 * times[0]))
        yield f"| {place.name} | {cells} |"


def doubled(knees: Sequence[float]) -> Iterator[str]:
    """What the figures are worth: the knee if all that was measured or assumed is twice as much."""
    yield "| | as above | processors half as fast | disk twice as slow | network twice as far |"
    yield "|---|---|---|---|---|"
    for place, most in zip(PLACES, knees, strict=True):
        slower = replace(place, store=_half_as_fast(place.store))
        others = (slower, replace(place, disk=2 * place.disk), replace(place, trip=2 * place.trip))
        cells = " | ".join(_short(it) for it in (most, *map(knee, others)))
        yield f"| {place.name} | {cells} |"


def _half_as_fast(store: Store) -> Store:
    units = {unit: replace(cost, ms=2 * cost.ms) for unit, cost in store.units.items()}
    turn = replace(store.turn, ms=2 * store.turn.ms)
    return replace(store, turn=turn, units=units, process=2 * store.process)


def _waited(outcome: Outcome, unit: str) -> str:
    return f"{_span(outcome.at(unit, 0.5))} / {_span(outcome.at(unit, 0.99))}"


def _span(seconds: float) -> str:
    for unit, length in (("min", 120.0), ("s", 1.0)):
        if seconds >= length:
            return f"{_short(seconds / (60 if unit == 'min' else 1))} {unit}"
    return f"{_short(1000 * seconds)} ms"


def _short(many: float) -> str:
    """Two digits are all there is to it."""
    digits = 1 - floor(log10(many))
    return f"{round(many, digits):,.{max(digits, 0)}f}"


def tables() -> dict[str, list[str]]:
    knees = [knee(place) for place in PLACES]
    made = (carried, limits, waits, monday, deployers, doubled)
    return {table.__name__: list(table(knees)) for table in made}


def written(document: str, made: Mapping[str, Sequence[str]]) -> str:
    """The document with these between its marks."""
    for name, lines in made.items():
        block = "\n".join([f"<!-- {name} -->", *lines, "<!-- end -->"])
        before, _, rest = document.partition(f"<!-- {name} -->")
        document = before + block + rest.partition("<!-- end -->")[2]
    return document


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--write", type=Path, help="the document whose tables are to be replaced")
    place_of = parser.parse_args().write
    found = tables()
    for lines_of in found.values():
        sys.stdout.write("\n".join(lines_of) + "\n\n")
    if place_of:
        place_of.write_text(written(place_of.read_text(), found))
