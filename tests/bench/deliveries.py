"""How many signed callbacks a second? Ours, a bare client, and what others would make of them.

`python -m tests.bench.deliveries`; with the rivals installed (see tests/bench/rivals) in the
Python that runs it. The receiver has a process of its own and checks every signature. Every round
of every contender has a process and a database of its own; rounds are interleaved, figures are
medians.
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
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from statistics import median

import aiohttp

from tests.bench.rivals.cluster import durable, postmaster, python, settle
from tests.bench.rivals.contest import Entry, Place, Watch, seconds, unfinished
from tests.bench.rivals.entries import BARE, DELIVERIES, POSTGRESQL
from tests.bench.rivals.posting import Deliveries
from tests.bench.rivals.receiver import Arrived, Callback, receiving
from tests.postgres import Cluster

WORKS = {
    "plain": "Every destination answers",
    "hanging": "One destination takes two seconds for every call (the others are counted)",
    "refusing": "The first attempt of one callback in ten is answered 503",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`keys` are the signoffs: what one of them has to say to a destination stays in order. `disk`:
    milliseconds that every commit takes longer than on this machine."""

    count: int = 10_000
    keys: int = 5_000
    destinations: int = 20
    in_flight: int = 64
    cap: int = 8
    rounds: int = 5
    patience: float = 120.0
    disk: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of a round, or the medians of several; `left` is what the store did not know to be done."""

    rate: float
    blocked: float
    own_cpu: float
    database_cpu: float
    at_once: int
    left: int
    missing: int
    doubled: int
    disordered: int
    forged: int


Rows = dict[str, list[Measured]]


def measure_all(
    sizes: Sizes, entries: Sequence[Entry] = DELIVERIES, works: Sequence[str] = tuple(WORKS)
) -> Mapping[str, Rows]:
    """By work and by contender: a row for each round."""
    rows: dict[str, Rows] = {work: {} for work in works}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-out-"))
        server = stack.enter_context(durable(sizes.disk))
        for turn in range(sizes.rounds):
            for work in works:
                for entry in (entry for entry in entries if not entry.missing):
                    place = Path(folder) / f"{work}-{turn}-{DELIVERIES.index(entry)}"
                    place.mkdir()
                    row = asyncio.run(_round(entry, work, sizes, place, server))
                    rows[work].setdefault(entry.name, []).extend([row] if row else [])
                    sys.stderr.write(f"{turn} {work} {entry.name}: {row}\n")
    return rows


async def _round(
    entry: Entry, work: str, sizes: Sizes, folder: Path, server: Cluster
) -> Measured | None:
    """One round of one contender, in a process of its own, with a receiver of its own."""
    on_server = entry.store == POSTGRESQL
    url = server.new_database() if on_server else f"sqlite:///{folder / 'bench.db'}"
    settle(server)
    async with receiving(0 if work == "hanging" else -1, 10 if work == "refusing" else 0) as to:
        order = {
            "name": entry.name,
            "url": url,
            "folder": str(folder),
            "to": to,
            "hanging": work == "hanging",
            "postmaster": postmaster(server) if on_server else 0,
            "sizes": asdict(sizes),
        }
        process = await asyncio.create_subprocess_exec(
            *python(folder.parent, 0 if on_server else sizes.disk),
            "-m", "tests.bench.deliveries", "--one", json.dumps(order),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await process.communicate()
    return None if process.returncode else Measured(**json.loads(said.splitlines()[-1]))


@dataclass(slots=True, kw_only=True)
class _Course:
    """What happens between the beginning of the work and its end."""

    url: str
    expected: int
    patience: float
    watch: Watch
    began: float = 0.0
    arrived: Arrived = field(default_factory=Arrived)

    def begin(self) -> None:
        self.began = seconds()
        self.watch.begin(self.began)

    async def finished(self) -> None:
        """When everything has arrived, or nothing more will."""
        async with aiohttp.ClientSession() as session:
            while seconds() < self.began + self.patience:
                async with session.get(f"{self.url}/arrived") as answer:
                    self.arrived = Arrived(**await answer.json())
                if self.arrived.accepted >= self.expected:
                    return
                await asyncio.sleep(0.05)


async def one(order: Mapping[str, object]) -> Measured:
    """In the process of the contender."""
    entry = next(entry for entry in DELIVERIES if entry.name == order["name"])
    sizes = Sizes(**order["sizes"])  # type: ignore[arg-type]
    contender = importlib.import_module(entry.module).CONTENDERS[entry.name]
    place = Place(url=str(order["url"]), folder=Path(str(order["folder"])), patience=sizes.patience)
    callbacks = list(_callbacks(sizes))
    healthy = sum(1 for it in callbacks if it.destination or not order["hanging"])
    watch = Watch(postmaster=int(str(order["postmaster"])))
    course = _Course(url=str(order["to"]), expected=healthy, patience=sizes.patience, watch=watch)
    load = Deliveries(
        url=course.url,
        callbacks=callbacks,
        in_flight=sizes.in_flight,
        cap=sizes.cap,
        begin=course.begin,
        finished=course.finished,
    )
    left = await contender.run(await contender.prepare(place), load)
    await watch.end()
    return _judge(course, left)


def _callbacks(sizes: Sizes) -> Iterator[Callback]:
    """A signoff speaks to one destination, the first of everybody before the second of anybody."""
    for n in range(sizes.count):
        number, key = divmod(n, sizes.keys)
        yield Callback(
            id=f"msg_{n}", destination=key % sizes.destinations, key=f"sgn_{key}", number=number
        )


def _judge(course: _Course, left: int) -> Measured:
    arrived = course.arrived
    return Measured(
        rate=arrived.accepted / (arrived.last - course.began) if arrived.accepted else 0.0,
        blocked=1000 * course.watch.blocked,
        own_cpu=course.watch.own_cpu,
        database_cpu=course.watch.database_cpu,
        at_once=arrived.at_once,
        left=left,
        missing=course.expected - arrived.accepted,
        doubled=arrived.doubled,
        disordered=arrived.disordered,
        forged=arrived.forged,
    )


def middle(rounds: Sequence[Measured]) -> Measured:
    """Medians; but of what must never happen, all there was."""
    never = ("missing", "doubled", "disordered", "forged")
    return Measured(
        **{
            f.name: (sum if f.name in never else median)(getattr(r, f.name) for r in rounds)
            for f in fields(Measured)
        }
    )


def report(rows: Mapping[str, Rows], sizes: Sizes) -> Iterator[str]:
    """Markdown, for docs/performance.md."""
    heads = "callbacks/s | of the bare client | loop blocked ms | CPU s | database CPU s | at once to one | store left | missing/doubled/out of order/forged"
    yield f"{sizes.count:,} callbacks, {sizes.destinations} destinations, {sizes.keys:,} signoffs,"
    yield f"at most {sizes.in_flight} in flight and {sizes.cap} to one destination."
    for work, one_row in rows.items():
        yield from ("", f"### {WORKS[work]}", "", f"| | {heads} |", "|---" * 9 + "|")
        yield from _table(one_row, rows.get("plain", one_row))
    yield ""
    yield from (f"- {e.name}: {e.missing}" for e in DELIVERIES if e.missing)
    yield from unfinished(rows, sizes.rounds)


def _table(rows: Rows, plain: Rows) -> Iterator[str]:
    """`plain`: the bare client is always judged where everybody answers it."""
    base = middle(plain[BARE]).rate if plain.get(BARE) else 0
    for name, rounds in ((name, rounds) for name, rounds in rows.items() if rounds):
        it = middle(rounds)
        ratio = f"{it.rate / base:.2f}" if base else "–"
        yield (
            f"| {name} | {it.rate:.0f} | {ratio} | {it.blocked:.0f} | {it.own_cpu:.1f} "
            f"| {it.database_cpu:.1f} | {it.at_once} | {it.left} "
            f"| {it.missing}/{it.doubled}/{it.disordered}/{it.forged} |"
        )


def _chosen() -> tuple[Sizes, Sequence[Entry], Sequence[str]]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.deliveries", description=__doc__)
    for f in fields(Sizes):
        parser.add_argument(f"--{f.name}", type=type(f.default), default=f.default)
    parser.add_argument("--only", action="append", help="a part of a contender's name")
    parser.add_argument("--work", action="append", choices=WORKS)
    given = vars(parser.parse_args())
    only, works = given.pop("only") or [""], given.pop("work") or list(WORKS)
    return Sizes(**given), [e for e in DELIVERIES if any(p in e.name for p in only)], works


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        found = asyncio.run(one(json.loads(sys.argv[2])))
        sys.stdout.write("\n" + json.dumps(asdict(found)) + "\n")
        sys.stdout.flush()
        os._exit(0)  # what others leave running must not keep us
    chosen, taking_part, works = _chosen()
    rows = measure_all(chosen, taking_part, works)
    sys.stdout.write("\n".join(report(rows, chosen)) + "\n")
