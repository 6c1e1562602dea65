"""How late is a deadline, and how many a second? Ours, and what others would make of them.

`python -m tests.bench.timers`; with the rivals installed (see tests/bench/rivals) in the Python
that runs it. Every round of every contender has a process and a database of its own; rounds are
interleaved, figures are medians.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median, quantiles

from tests.bench.rivals.cluster import durable, postmaster, python, settle
from tests.bench.rivals.contest import Entry, Fired, Place, Timer, Watch, seconds, unfinished
from tests.bench.rivals.entries import POSTGRESQL, TIMERS
from tests.postgres import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`count` are due at once; `probes` one at a time, every `spacing` seconds, while `crowd`
    others wait. `disk`: milliseconds that every commit takes longer than on this machine."""

    count: int = 10_000
    probes: int = 200
    spacing: float = 0.05
    crowd: int = 100_000
    rounds: int = 5
    patience: float = 120.0
    disk: float = 0.0


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


def measure_all(sizes: Sizes, entries: Sequence[Entry] = TIMERS) -> Mapping[str, Rows]:
    """By work ("burst", "single") and by contender: a row for each round."""
    rows: dict[str, Rows] = {"burst": {}, "single": {}}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-timers-"))
        server = stack.enter_context(durable(sizes.disk))
        for turn in range(sizes.rounds):
            for work in rows:
                for entry in (entry for entry in entries if not entry.missing):
                    place = Path(folder) / f"{work}-{turn}-{TIMERS.index(entry)}"
                    place.mkdir()
                    row = asyncio.run(_round(entry, work, sizes, place, server))
                    rows[work].setdefault(entry.name, []).extend([row] if row else [])
                    sys.stderr.write(f"{turn} {work} {entry.name}: {row}\n")
    return rows


async def _round(
    entry: Entry, work: str, sizes: Sizes, folder: Path, server: Cluster
) -> Measured | None:
    """One round of one contender, in a process of its own."""
    on_server = entry.store == POSTGRESQL
    url = server.new_database() if on_server else f"sqlite:///{folder / 'bench.db'}"
    settle(server)
    order = {
        "name": entry.name,
        "work": work,
        "url": url,
        "folder": str(folder),
        "postmaster": postmaster(server) if on_server else 0,
        "sizes": asdict(sizes),
    }
    process = await asyncio.create_subprocess_exec(
        *python(folder.parent, 0 if on_server else sizes.disk),
        "-m", "tests.bench.timers", "--one", json.dumps(order),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    return None if process.returncode else Measured(**json.loads(said.splitlines()[-1]))


async def one(order: Mapping[str, object]) -> Measured:
    """In the process of the contender."""
    entry = next(entry for entry in TIMERS if entry.name == order["name"])
    sizes = Sizes(**order["sizes"])  # type: ignore[arg-type]
    burst = order["work"] == "burst"
    contender = importlib.import_module(entry.module).CONTENDERS[entry.name]
    place = Place(
        url=str(order["url"]),
        folder=Path(str(order["folder"])),
        patience=sizes.patience,
        crowd=0 if burst else min(sizes.crowd, entry.crowd),
    )
    state = await contender.prepare(place)
    count, spacing = (sizes.count, 0.0) if burst else (sizes.probes, sizes.spacing)
    first = seconds() + 2 + count * entry.lead
    timers = [Timer(id=n, due=first + n * spacing) for n in range(count)]
    watch = Watch(postmaster=int(str(order["postmaster"])))
    watch.begin(first - 0.1)
    fired = await contender.run(state, timers)
    await watch.end()
    if fired.armed > first:
        raise SystemExit(f"{entry.name} was armed {fired.armed - first:.1f} s too late: raise lead")
    return _judge(timers, fired, watch)


def _judge(timers: Sequence[Timer], fired: Fired, watch: Watch) -> Measured:
    late = [1000 * (fired.committed[t.id] - t.due) for t in timers if t.id in fired.committed]
    took = max(fired.committed.values(), default=0.0) - timers[0].due
    return Measured(
        p50=median(late) if late else 0,
        p99=quantiles(late, n=100)[98] if len(late) > 1 else 0,
        rate=len(late) / took if late else 0,
        blocked=1000 * watch.blocked,
        own_cpu=watch.own_cpu,
        database_cpu=watch.database_cpu,
        lost=len({t.id for t in timers} - set(fired.effects)),
        early=sum(1 for value in late if value < 0),
        doubled=fired.refused + len(fired.effects) - len(set(fired.effects)),
    )


def middle(rounds: Sequence[Measured]) -> Measured:
    """Medians; but of what must never happen, all there was."""
    never = ("lost", "early", "doubled")
    return Measured(
        **{
            f.name: (sum if f.name in never else median)(getattr(r, f.name) for r in rounds)
            for f in fields(Measured)
        }
    )


def report(rows: Mapping[str, Rows], sizes: Sizes) -> Iterator[str]:
    """Markdown, for docs/performance.md."""
    titles = {
        "burst": f"{sizes.count:,} due at once, effect included",
        "single": f"One at a time, every {1000 * sizes.spacing:.0f} ms, {sizes.crowd:,} pending",
    }
    for work, title in titles.items():
        yield from (f"### {title}", "", *_head(), *_table(rows[work], work), "")
    yield from (f"- {e.name}: {e.missing}" for e in TIMERS if e.missing)
    yield from unfinished(rows, sizes.rounds)
    yield from (
        f"- {e.name} had {e.crowd:,} pending at most: starting one takes it milliseconds."
        for e in TIMERS
        if e.crowd < sizes.crowd and not e.missing
    )


def _head() -> tuple[str, str]:
    names = "timers/s | against APScheduler | late p50 ms | p99 ms | loop blocked ms | CPU s | database CPU s | lost/early/doubled"
    return f"| | {names} |", "|---|---|---|---|---|---|---|---|---|"


def _table(rows: Rows, work: str) -> Iterator[str]:
    for entry in TIMERS:
        if not rows.get(entry.name):
            continue
        it, base = middle(rows[entry.name]), rows.get(f"APScheduler's store on {entry.store}")
        ratio = f"{it.rate / middle(base).rate:.1f}×" if base and work == "burst" else "–"
        yield (
            f"| {entry.name} | {it.rate:.0f} | {ratio} | {it.p50:.1f} | {it.p99:.1f} "
            f"| {it.blocked:.0f} | {it.own_cpu:.1f} | {it.database_cpu:.1f} "
            f"| {it.lost}/{it.early}/{it.doubled} |"
        )


def _sizes() -> tuple[Sizes, Sequence[Entry]]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.timers", description=__doc__)
    for f in fields(Sizes):
        parser.add_argument(f"--{f.name}", type=type(f.default), default=f.default)
    parser.add_argument("--only", action="append", help="a part of a contender's name")
    given = vars(parser.parse_args())
    only = given.pop("only") or [""]
    return Sizes(**given), [e for e in TIMERS if any(part in e.name for part in only)]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        found = asyncio.run(one(json.loads(sys.argv[2])))
        sys.stdout.write("\n" + json.dumps(asdict(found)) + "\n")
        sys.stdout.flush()
        os._exit(0)  # what others leave running must not keep us
    chosen, taking_part = _sizes()
    sys.stdout.write("\n".join(report(measure_all(chosen, taking_part), chosen)) + "\n")
