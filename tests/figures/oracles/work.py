"""What it costs, and how it ends by tool: counted one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.figures.oracle import Tables
from tests.figures.oracles.asked import Asked, monday_of, names_of, wilson
from tests.figures.oracles.speed import Rows
from tests.figures.retold import Entry, Json, Told, at_of


def hours(tables: Tables, asked: Asked) -> Rows:
    found, rows = [], asked.rows(tables)
    for monday in asked.mondays():
        its = [row for row in rows if monday_of(row["day"]) == monday]
        decided = sum(row["status"] in ("approved", "rejected") for row in its)
        found.append((monday, sum(row["looked"] for row in its), decided))
    return found


def tools(tables: Tables, asked: Asked) -> Rows:
    counts: dict[str, list[int]] = {}
    for row in asked.rows(tables):
        if row["status"] not in ("approved", "rejected", "expired"):
            continue
        for name in names_of(tables, row).get("tool", ()):
            its = counts.setdefault(name, [0, 0, 0])
            its[("approved", "rejected", "expired").index(row["status"])] += 1
    large = [it for it in counts.items() if sum(it[1]) >= 5 and it[0] != "others"]
    large.sort(key=lambda it: (-sum(it[1]), it[0]))
    shown = large[:20]
    rest = [its for name, its in counts.items() if name not in dict(shown)]
    if rest:
        shown.append(("others", [sum(its) for its in zip(*rest, strict=True)]))
    return [
        (name, *(it / sum(its) for it in its), *its, *wilson(its[1], sum(its))[1:])
        for name, its in shown
    ]


FIGURES = {"hours": hours, "tools": tools}


def load(entries: list[Entry], asked: Asked) -> Rows:
    """Who was asked in seven days, and for whom something waits: of all that there is."""
    told: dict[str, Told] = {}
    first: dict[tuple[str, str], datetime] = {}
    waits: dict[str, list[str]] = {}
    for seq, about, body in entries:
        event = json.loads(body)["event"]
        if event["kind"] == "opened":
            told[about] = Told(seq, event)
        elif about in told:
            _hear(told[about], seq, event)
        if about in told and event["kind"] not in ("reported", "shipped", "renewed"):
            _follow(told[about], event, first, waits)
    since = datetime(asked.today.year, asked.today.month, asked.today.day, tzinfo=UTC)
    since -= timedelta(days=6)
    counts: dict[str, list[int]] = {}
    for (about, person), at in first.items():
        its = counts.setdefault(person, [0, 0])
        its[0] += person in waits[about]
        its[1] += at >= since
    rows = [(person, *its) for person, its in counts.items() if any(its)]
    return sorted(rows, key=lambda it: (-it[1], -it[2], it[0]))[:30]


def _hear(one: Told, seq: int, event: Json) -> None:
    """Whoever passes it on is asked no more."""
    one.hear(seq, event)
    if event["kind"] == "delegated":
        by, to = event["delegation"]["by"], event["delegation"]["to"]
        one.invited = [*(it for it in one.invited if it not in (by, to)), to]


def _follow(
    one: Told, event: Json, first: dict[tuple[str, str], datetime], waits: dict[str, list[str]]
) -> None:
    """Who was asked by it, and who has it before them now."""
    if one.status != "pending":
        waits[one.id] = []
        return
    people = [it["person"] for it in event.get("invited", ())]
    if event["kind"] == "delegated":
        people = [event["delegation"]["to"]]
    for person in people:
        first.setdefault((one.id, person), at_of(event["at"]))
    waits[one.id] = people if event["kind"] == "opened" else _waits_for(one)


def _waits_for(one: Told) -> list[str]:
    """Whoever is asked, and has not said yet what counts."""
    said = {
        it["person"]
        for it in one.reviews
        if it["revision"] == one.change["revision"]
        and it["policy_digest"] == one.asked["policy_digest"]
        and one._complete(it)
    }
    return [it for it in one.invited if it not in said]


OF_ENTRIES = {"load": load}
"""What is counted nowhere: it is read as it stands."""
