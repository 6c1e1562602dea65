"""How late is a deadline, and how many a second? Ours, and what others would make of them.

`python -m tests.bench.timers`; with the rivals installed (see tests/bench/rivals) in the Python
that runs it. All of them do the same, unless `--effect row` is asked for. Every round of every contender has a process and a database of its own; rounds are
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
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, fields
from pathlib import Path
from statistics import median, quantiles

from tests.bench.rivals.cluster import durable, postmaster, python, settle
from tests.bench.rivals.commits import cost_of_commits
from tests.bench.rivals.contest import (
    EXPIRY,
    ROW,
    Entry,
    Fired,
    Happened,
    Place,
    Timer,
    Watch,
    seconds,
)
from tests.bench.rivals.entries import POSTGRESQL, STORING
from tests.bench.timers_shown import ENTRIES, Measured, Rows, Sizes, report
from tests.postgres import Cluster

A_TICK = 1e-6
"""Seconds: a database keeps moments no finer."""


def measure_all(
    sizes: Sizes, works: Sequence[str] = tuple(ENTRIES), only: Sequence[str] = ("",)
) -> tuple[Mapping[str, Rows], Mapping[str, float]]:
    """By work and by contender, a row for each round; and what a commit costs, by store."""
    rows: dict[str, Rows] = {work: {} for work in works}
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-timers-"))
        )
        server = stack.enter_context(durable(sizes.disk))
        commits = cost_of_commits(server, folder, sizes.disk)
        for turn in range(sizes.rounds):
            for work in works:
                for number, entry in enumerate(_taking_part(work, only)):
                    place = folder / f"{work}-{turn}-{number}"
                    place.mkdir()
                    row = asyncio.run(_round(entry, work, sizes, place, server))
                    rows[work].setdefault(entry.name, []).extend([row] if row else [])
                    sys.stderr.write(f"{turn} {work} {entry.name}: {row}\n")
    return rows, commits


def _taking_part(work: str, only: Sequence[str]) -> Sequence[Entry]:
    here = (entry for entry in ENTRIES[work] if not entry.missing)
    return [entry for entry in here if any(part in entry.name for part in only)]


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
    work = str(order["work"])
    entry = next(entry for entry in ENTRIES[work] if entry.name == order["name"])
    sizes = Sizes(**order["sizes"])  # type: ignore[arg-type]
    contender = importlib.import_module(entry.module).CONTENDERS[entry.name]
    place = Place(
        url=str(order["url"]),
        folder=Path(str(order["folder"])),
        patience=sizes.patience,
        crowd=min(sizes.crowd, entry.crowd) if work == "single" else 0,
        effect=sizes.effect,
    )
    state = await contender.prepare(place)
    timers = _timers(work, sizes, entry)
    first = timers[0].due
    watch = Watch(postmaster=int(str(order["postmaster"])))
    watch.begin(first - 0.1)
    fired: Fired = await contender.run(state, timers)
    await watch.end()
    if fired.armed > first:
        raise SystemExit(f"{entry.name} was armed {fired.armed - first:.1f} s too late: raise lead")
    return _judge(timers, fired, await fired.effects(), watch)


def _timers(work: str, sizes: Sizes, entry: Entry) -> Sequence[Timer]:
    """From a moment on at which all will be armed. Others store signoffs beside their own jobs."""
    single = work == "single"
    count, spacing = (sizes.probes, sizes.spacing) if single else (sizes.count, 0.0)
    lead = entry.lead + (STORING if sizes.effect == EXPIRY and entry.needs else 0)
    first = seconds() + 2 + count * lead
    return [Timer(id=n, due=first + n * spacing) for n in range(count)]


def _judge(
    timers: Sequence[Timer], fired: Fired, effects: Sequence[Happened], watch: Watch
) -> Measured:
    """By the process and by the database; only by the latter where no process lived to tell."""
    at = {it.timer: it.at for it in effects}
    committed = fired.committed or at
    late = [1000 * (committed[t.id] - t.due) for t in timers if t.id in committed]
    took = max(committed.values(), default=0.0) - timers[0].due
    first = {it.timer: it.at for it in sorted(effects, key=lambda it: -it.at)}
    return Measured(
        p50=median(late) if late else 0,
        p99=quantiles(late, n=100)[98] if len(late) > 1 else 0,
        rate=len(late) / took if late else 0,
        blocked=1000 * watch.blocked,
        own_cpu=watch.own_cpu,
        database_cpu=watch.database_cpu,
        lost=len({t.id for t in timers} - set(at)),
        early=sum(1 for t in timers if _is_early(t, committed) or _is_early(t, first)),
        doubled=fired.refused + len(effects) - len(at),
    )


def _is_early(timer: Timer, moments: Mapping[int, float]) -> bool:
    return moments.get(timer.id, timer.due) < timer.due - A_TICK


def _chosen() -> tuple[Sizes, Sequence[str], Sequence[str]]:
    """How much, which works, and parts of the names of who takes part."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.timers", description=__doc__)
    for f in fields(Sizes):
        choices = (EXPIRY, ROW) if f.name == "effect" else None
        parser.add_argument(f"--{f.name}", type=type(f.default), default=f.default, choices=choices)
    parser.add_argument("--only", action="append", help="a part of a contender's name")
    parser.add_argument("--work", action="append", choices=ENTRIES)
    given = vars(parser.parse_args())
    only, works = given.pop("only") or [""], given.pop("work") or list(ENTRIES)
    return Sizes(**given), works, only


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        found = asyncio.run(one(json.loads(sys.argv[2])))
        sys.stdout.write("\n" + json.dumps(asdict(found)) + "\n")
        sys.stdout.flush()
        os._exit(0)  # what others leave running must not keep us
    chosen, works, only = _chosen()
    rows, commits = measure_all(chosen, works, only)
    sys.stdout.write("\n".join(report(rows, chosen, commits)) + "\n")
