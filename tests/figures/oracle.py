"""What has to stand in the tables of figures? Computed from the trail alone, one by one.

Nothing of Countersign is imported here either: whoever changes what is counted says it twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.figures.retold import Entry, Json, Told, at_of, retold

Row = dict[str, Any]
Cell = tuple[str, str, int]
NO_NAME = ("none", "automation")
ENDS = ("approved", "rejected", "expired", "superseded", "withdrawn", "overridden", "not_required")


@dataclass
class Tables:
    """`names`: sort, name, day, signoff."""

    rows: dict[str, Row] = field(default_factory=dict)
    names: set[tuple[str, str, int, str]] = field(default_factory=set)
    cells: dict[Cell, dict[str, int]] = field(default_factory=dict)


def tables(entries: Iterable[Entry]) -> Tables:
    told, unasked = retold(entries)
    found = Tables()
    sums: dict[Cell, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in told.values():
        row, names = row_of(one), set(names_of(one))
        found.rows[one.id] = row
        found.names |= {(sort, name, row["day"], one.id) for sort, name in names}
        for cell in cells_of(row, names):
            for name, number in numbers_of(row).items():
                sums[cell][name] += number
    for seq, event in unasked:
        day = day_of(at_of(event["at"]))
        found.names.add(("unasked", event["environment"], day, f"@{seq}"))
        sums["unasked", event["environment"], day]["shipped"] += 1
    found.cells = {cell: {k: v for k, v in it.items() if v} for cell, it in sums.items()}
    return found


def row_of(one: Told) -> Row:
    change, fresh = one.change, fresh_of(one)
    first = min((at_of(it["at"]) for it in fresh), default=None)
    people_decided = one.status in ("approved", "rejected")
    went = at_of(one.shipment["at"]) if one.shipment and one.shipment["succeeded"] else None
    files = change["files"]
    return {
        "signoff_id": one.id,
        "seq": one.seq,
        **{it: change[it] for it in ("connection", "key", "repository", "environment", "kind")},
        "opened_at": one.opened_at,
        "day": day_of(one.opened_at),
        "status": one.status,
        "ai": one.provenance["status"],
        "tier": one.risk["tier"] if one.risk else "",
        "decided_at": one.decided_at,
        "took": seconds(one.decided_at - one.opened_at)
        if people_decided and first and one.decided_at
        else None,
        "reviewed_in": seconds(first - one.opened_at) if first else None,
        "in_time": 1 if people_decided else 0 if one.status == "expired" else None,
        "asked": len(one.invited),
        "reviews": len(fresh),
        "looked": sum(looked(it) for it in fresh),
        "lines": sum(it["additions"] + it["deletions"] for it in files),
        "escalated": int(one.escalated),
        "shadow": int(one.asked["shadow"]),
        "committed_at": committed(one),
        "shipped_at": went,
        "ship_failed": int(one.shipment is not None and not one.shipment["succeeded"]),
        "failed": int(one.failed_how != ""),
        "failed_how": one.failed_how,
    }


def names_of(one: Told) -> Iterator[tuple[str, str]]:
    asks, rules = one.asked["asks"], one.asked["rules"]
    groups = {name for ask in asks for name in ask["groups"]} | set(one.asked["owners"])
    if one.escalated:
        groups |= {name for ask in asks for name in ask["wider"]}
    yield from (("group", it) for it in groups)
    yield from (("rule", it) for it in rules)
    if len(rules) == 1:
        yield "rule alone", rules[0]
    for it in one.provenance["findings"]:
        speaks = it["role"] not in NO_NAME and it["tier"] != "context"
        if it["tool"] and speaks and not it["set_aside"]:
            yield "tool", it["tool"]
    paths = [p for it in one.change["files"] for p in (it["path"], it["previous_path"]) if p]
    folders = []
    for path in paths:
        *inside, _ = path.strip("/").split("/")
        folders.append("/".join(inside[:2]) + "/")
    yield from (("path", it) for it in list(dict.fromkeys(folders))[:8])
    for it in fresh_of(one):
        if not it["person"].startswith("erased-"):
            yield "reviewer", it["person"]


def cells_of(row: Row, names: Iterable[tuple[str, str]]) -> Iterator[Cell]:
    day = row["day"]
    yield "all", "all", day
    yield "ai tier", f"{row['ai']} {row['tier']}", day
    for sort in ("ai", "tier", "environment", "connection", "repository"):
        yield sort, row[sort], day
    yield from ((sort, name, day) for sort, name in names if sort not in ("reviewer", "lesson"))
    if row["shipped_at"]:
        yield "went out", row["environment"], day_of(row["shipped_at"])


def numbers_of(row: Row) -> dict[str, int]:
    went, due = row["shipped_at"] is not None, row["in_time"] is not None
    led = went and row["committed_at"] is not None and row["decided_at"] is not None
    numbers = {
        "opened": 1,
        "in_time": row["in_time"] or 0,
        "due": int(due),
        "asked": row["asked"],
        "reviews": row["reviews"],
        "shipped": int(went),
        "ship_failed": row["ship_failed"],
        "failed": row["failed"] if went else 0,
        "took": row["took"] or 0,
        "took_n": int(row["took"] is not None),
        "looked": row["looked"],
        "lead_n": int(led),
        "lead": whole(row["shipped_at"]) - whole(row["committed_at"]) if led else 0,
        "wait": whole(row["decided_at"]) - whole(row["opened_at"]) if led else 0,
    }
    return {**numbers, **{it: int(row["status"] == it) for it in ENDS}}


def fresh_of(one: Told) -> list[Json]:
    return [it for it in one.reviews if it["carried"] is None]


def looked(review: Json) -> int:
    seen = review["looked_at"]
    length = at_of(review["at"]) - at_of(seen) if seen else timedelta(minutes=10)
    return seconds(min(length, timedelta(minutes=30)))


def committed(one: Told) -> datetime | None:
    said = [at_of(it["authored_at"]) for it in one.change["commits"] if it["authored_at"]]
    old = one.opened_at - timedelta(days=90)
    return min((at for at in said if old < at <= one.opened_at), default=None)


def day_of(moment: datetime) -> int:
    return (moment.astimezone(UTC).date() - date(1970, 1, 1)).days


def whole(moment: datetime) -> int:
    return int(moment.timestamp())


def seconds(length: timedelta) -> int:
    return max(0, int(length.total_seconds()))
