"""`make bench`: ratios of one run on one machine, medians of interleaved rounds."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import system_clock
from tests.bench import judging, picking, shown, units
from tests.bench.load import Measured, announcement, click, measure, middle
from tests.bench.rivals.cluster import durable
from tests.bench.units import Sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How much is measured. `clicks` and `changes` of a round, by how many connections; `crowd` is
    how many other signoffs are open.
    """

    rounds: int = 5
    clicks: Mapping[int, int] = field(default_factory=lambda: {1: 40, 10: 200})
    changes: Mapping[int, int] = field(default_factory=lambda: {1: 300, 32: 3200})
    crowd: int = 100_000
    units: Sizes = field(default_factory=Sizes)
    years: tuple[int, ...] = picking.SEEDS
    changes_a_year: int = 6_000

    @property
    def clicked(self) -> int:
        return self.rounds * sum(self.clicks.values())


SHORT = Scope(
    rounds=2,
    clicks={1: 10, 10: 50},
    changes={1: 30, 32: 320},
    crowd=500,
    units=Sizes(rounds=1, approved=64, due=200, probes=20, most=2_000),
    years=picking.SEEDS[:1],
    changes_a_year=200,
)
"""To see that it runs: its figures say nothing."""

STORES = {
    "no-store": "without a store",
    "store": "with the store, SQLite",
    "store-pg": "with the store, PostgreSQL",
}

PAUSE = {1: 0.1, 10: 0.2}
"""One person clicks now and then; ten together make fifty clicks a second."""

Rows = dict[tuple[str, int], list[Measured]]


async def main(scope: Scope) -> tuple[Rows, Rows]:
    with ExitStack() as places:
        folder = Path(places.enter_context(TemporaryDirectory(prefix="countersign-bench-")))
        database = places.enter_context(durable())
        async with AsyncExitStack() as stack:

            async def start(name: str, kind: str, *more: str) -> dict[str, object]:
                return await _start(stack, kind, folder / name, *more)

            outside = str((await start("outside", "outside"))["url"])
            crowd = (outside, str(scope.crowd), str(scope.clicked))
            servers = {
                "house": await start("house", "house", "", *crowd),
                "house-pg": await start("house-pg", "house", database.new_database(), *crowd),
                "store-pg": await start("store-pg", "store", database.new_database()),
                **{kind: await start(kind, kind) for kind in ("hmac", "bolt", "no-store", "store")},
            }
            return await _clicks(servers, scope), await _changes(servers, scope)


async def _start(stack: AsyncExitStack, kind: str, place: Path, *more: str) -> dict[str, object]:
    place.mkdir()  # noqa: ASYNC240 -- nothing else runs yet
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.server", kind, str(place), *more,
        stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    stack.callback(process.kill)
    assert process.stdout is not None
    ready: dict[str, object] = json.loads(await process.stdout.readline())
    return ready


async def _clicks(servers: dict[str, dict[str, object]], scope: Scope) -> Rows:
    """Every click approves another signoff: a commit each."""
    rows: Rows = {}
    kinds = ("house", "house-pg", "hmac", "bolt")
    values = {kind: iter(servers[kind]["values"]) for kind in kinds}  # type: ignore[call-overload]
    for _ in range(scope.rounds):
        for connections, count in scope.clicks.items():
            for kind in kinds:
                requests = [click(next(values[kind], "{}")) for _ in range(count)]
                url = str(servers[kind]["url"])
                rows.setdefault((kind, connections), []).append(
                    await measure(url, requests, connections, 200, PAUSE[connections])
                )
    return rows


async def _changes(servers: dict[str, dict[str, object]], scope: Scope) -> Rows:
    rows: Rows = {}
    for _ in range(scope.rounds):
        for connections, count in scope.changes.items():
            for kind in ("store", "no-store", "store-pg"):
                requests = [announcement(n) for n in range(count)]
                url = str(servers[kind]["url"])
                rows.setdefault((kind, connections), []).append(
                    await measure(url, requests, connections, 202)
                )
    return rows


def _report(clicks: Rows, changes: Rows, scope: Scope) -> str:
    day = system_clock().date().isoformat()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    lines = [
        "# Performance",
        "",
        f"Made by `make bench` on {day} ({machine}). Server and client share the machine, and it is",
        f"noisy: read the ratios. Each figure is the median of {scope.rounds} interleaved rounds.",
        "",
        "## A signed click",
        "",
        "A senior presses Approve: verified on raw bytes, Bolt, Slack is asked who it is, roster,",
        "lifecycle, one commit that is on disk, answered. The outbox works meanwhile in the same process:",
        "it updates the cards at a stand-in for Slack, and tells a stand-in for the pipeline.",
        f"{scope.crowd:,} other signoffs are open. One connection pauses 100 ms between clicks; ten make fifty",
        "clicks a second.",
        "",
        *_table(
            clicks,
            {
                "hmac": "bare aiohttp, HMAC only",
                "house": "Countersign on SQLite, commit included",
                "house-pg": "Countersign on PostgreSQL, commit included",
                "bolt": "Bolt's default settings, ack only",
            },
            "hmac",
        ),
        "",
        "## A signed change to a committed 202",
        "",
        "The same handler (verify, read, judge, answer) with and without the store.",
        "",
        *_table(changes, STORES, "no-store"),
    ]
    for kind in ("store", "store-pg"):
        for connections in scope.changes:
            ratio = (
                middle(changes[kind, connections]).rate
                / middle(changes["no-store", connections]).rate
            )
            with_it = f"{STORES[kind]} at {connections} connection(s)"
            lines += ["", f"Throughput {with_it}: **{ratio:.2f}** of without; the aim is 0.60."]
    lines += [
        "",
        "## A unit of work",
        "",
        "In one process, without HTTP: approving, against the same unit over another store; 10,000",
        "signoffs whose deadlines pass at once, with their trail, who is nudged and what hangs; and",
        "opening and approving one where many decided ones are stored.",
        "",
        *units.report(scope.units),
        "",
        "## From commit to the card",
        "",
        "How long after the commit of a decision the card's update leaves for Slack: the real store and",
        "reconciler, 300 decisions one after the other, once while a thousand cards wait for a lane that",
        "Slack has closed.",
        "",
        *shown.report(),
        "",
        "## The largest change, judged",
        "",
        "3,000 files in 250 commits with messages of up to nine lines, 200 rules, 40 territories and a",
        "CODEOWNERS of 5,000 lines: evidence, contributors, risk and policy, on one core. The aim is 50 ms.",
        "",
        *judging.report(),
        "",
        "## Whom we ask, against asking at random and asking everybody",
        "",
        "A simulated year: 20 seniors in 8 time zones, leave (a fifth of it never entered), uneven",
        "ownership, 6,000 changes; the same work and the same chance for all three; medians of 5 such",
        "years. People look within their working hours, seldom outside them. The whole group looks a",
        "little sooner, for nearly three times the asks, two in three of them outside working hours.",
        "The figures are those of an invented world; their order was the same in every year tried.",
        "",
        *picking.report(scope.years, scope.changes_a_year),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: Rows, names: dict[str, str], base: str) -> list[str]:
    lines = [
        "| | connections | p50 ms | p99 ms | requests/s | p50 against the first |",
        "|---|---|---|---|---|---|",
    ]
    for kind, name in names.items():
        for (other, connections), rounds in rows.items():
            if other == kind:
                one, first = middle(rounds), middle(rows[base, connections])
                lines.append(
                    f"| {name} | {connections} | {one.p50:.2f} | {one.p99:.2f} | {one.rate:.0f} "
                    f"| {one.p50 / first.p50:.1f}× |"
                )
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--write", type=Path, help="where to put the report")
    parser.add_argument("--short", action="store_true", help="only to see that it runs")
    arguments = parser.parse_args()
    scope = SHORT if arguments.short else Scope()
    report = _report(*asyncio.run(main(scope)), scope)
    sys.stdout.write(report)
    if arguments.write:
        arguments.write.write_text(report)
