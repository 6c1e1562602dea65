"""What is told of the rounds of the timers? Medians, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median

from tests.bench.rivals.contest import EXPIRY, Entry, unfinished
from tests.bench.rivals.entries import TIMERS, TORN

ENTRIES: Mapping[str, Sequence[Entry]] = {"burst": TIMERS, "single": TIMERS, "torn": TORN}
"""By work, who takes part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`count` are due at once; `probes` one at a time, every `spacing` seconds, while `crowd`
    others wait. `effect`: "expiry", that of a signoff by everybody, in the same database; "row": the
    others write one row instead. `disk`: milliseconds that every commit takes longer than on this
    machine."""

    count: int = 10_000
    probes: int = 200
    spacing: float = 0.05
    crowd: int = 100_000
    rounds: int = 5
    patience: float = 120.0
    disk: float = 0.0
    effect: str = EXPIRY


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of a round, or the medians of several; milliseconds, timers a second, processor seconds."""

    p50: float
    p99: float
    rate: float
    blocked: float
    own_cpu: float
    database_cpu: float
    lost: int
    early: int
    doubled: int


Rows = dict[str, list[Measured]]


def middle(rounds: Sequence[Measured]) -> Measured:
    """Medians; but of what must never happen, all there was."""
    never = ("lost", "early", "doubled")
    return Measured(
        **{
            f.name: (sum if f.name in never else median)(getattr(r, f.name) for r in rounds)
            for f in fields(Measured)
        }
    )


def report(rows: Mapping[str, Rows], sizes: Sizes, commits: Mapping[str, float]) -> Iterator[str]:
    """For docs/performance.md. `commits`: what one costs, by store."""
    expiry = sizes.effect == EXPIRY
    what = "each the expiry of a signoff" if expiry else "each a row; ours the expiry of a signoff"
    crowd = f"every {1000 * sizes.spacing:.0f} ms, {sizes.crowd:,} pending"
    titles = {
        "burst": f"{sizes.count:,} due at once, effect included: {what}",
        "single": f"One at a time, {crowd}: {what}",
        "torn": f"{sizes.count:,} due at once, in processes that are killed or have neighbours",
    }
    costs = ", ".join(f"{cost:.2f} ms on {store}" for store, cost in commits.items())
    yield from (f"A commit of one row on this disk: {costs}.", "")
    for work, row in rows.items():
        yield from (f"### {titles[work]}", "", *_head(work), *_table(row, work, sizes), "")
    yield from unfinished(rows, sizes.rounds)
    yield from (f"- {e.name}: {e.missing}" for e in TIMERS if e.missing)
    yield from _crowds(sizes) if "single" in rows else ()


def _crowds(sizes: Sizes) -> Iterator[str]:
    yield from (
        f"- {e.name} had {e.crowd:,} pending at most: starting one takes it milliseconds."
        for e in TIMERS
        if e.crowd < sizes.crowd and not e.missing
    )


def _head(work: str) -> tuple[str, str]:
    against = {"burst": "against APScheduler", "single": "p50 against APScheduler"}
    names = (
        f"timers/s | {against.get(work, 'against one process')} | late p50 ms | p99 ms "
        f"| {'all after s' if work == 'torn' else 'loop blocked ms'} | CPU s | database CPU s | lost/early/doubled"
    )
    return f"| | {names} |", "|---|---|---|---|---|---|---|---|---|"


def _table(rows: Rows, work: str, sizes: Sizes) -> Iterator[str]:
    for entry in ENTRIES[work]:
        if not rows.get(entry.name):
            continue
        it = middle(rows[entry.name])
        fourth = f"{sizes.count / max(it.rate, 0.1):.1f}" if work == "torn" else f"{it.blocked:.0f}"
        yield (
            f"| {entry.name} | {it.rate:.0f} | {_ratio(rows, entry, work)} "
            f"| {it.p50:.1f} | {it.p99:.1f} "
            f"| {fourth} | {it.own_cpu:.1f} | {it.database_cpu:.1f} "
            f"| {it.lost}/{it.early}/{it.doubled} |"
        )


def _ratio(rows: Rows, entry: Entry, work: str) -> str:
    """To whom it is held against, on the same store; of rates, or where those are given of delays."""
    on = f"on {entry.store}"
    name = f"Countersign {on}, one process" if work == "torn" else f"APScheduler's store {on}"
    if not rows.get(name):
        return "–"
    it, base = middle(rows[entry.name]), middle(rows[name])
    one, other = (it.p50, base.p50) if work == "single" else (it.rate, base.rate)
    return f"{one / other:.2f}×" if other else "–"
