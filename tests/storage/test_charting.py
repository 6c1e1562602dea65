"""What charts are made of, against plain loops over the same invented signoffs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from bot.domain.seeing.question import Question, day_of, week_of
from bot.domain.seeing.sums import Sums
from storage import charting, charting_now
from storage.store import Session, Store
from storage.tables import table

TODAY = date(2026, 11, 18)
"""A Wednesday."""

SIGNOFFS = 300
AIS = ("assisted", "contradicted", "suspected", "undeclared", "declared_human", "automation")
ENDS = (
    "approved",
    "approved",
    "approved",
    "rejected",
    "expired",
    "overridden",
    "not_required",
    "pending",
)
NAMES = {
    "group": ("payments", "web", "data"), "tool": ("claude-code", "copilot", "=1+1"),
    "rule": ("canary", "default"), "reviewer": ("ada", "grace", "linus", "jun", "kim", "lee"),
}  # fmt: skip
FILTERS = ({}, {"sort": "group", "of": "payments"}, {"sort": "tool", "of": "=1+1"},
           {"sort": "environment", "of": "staging"}, {"sort": "connection", "of": "no such"})  # fmt: skip


@dataclass(frozen=True)
class One:
    """A row as it stands in `counted`, and its names."""

    row: dict[str, Any]
    names: dict[str, tuple[str, ...]]

    def is_in(self, question: Question) -> bool:
        week = week_of(self.row["day"])
        if not question.first_week <= week <= question.last_week:
            return False
        if question.sort in ("environment", "connection"):
            return bool(self.row[question.sort] == question.of)
        return question.is_of_all or question.of in self.names.get(question.sort, ())


def invented(random: Random, number: int) -> One:
    opened = datetime(2026, 11, 18, 12, tzinfo=UTC) - timedelta(
        minutes=random.randrange(130 * 1440)
    )
    status = random.choice(ENDS)
    took = random.randrange(10, 400_000) if status in ("approved", "rejected") else None
    went = status in ("approved", "overridden", "not_required") and random.random() < 0.8
    ill = int(went and random.random() < 0.2)
    decided = opened + timedelta(seconds=took or 0) if took else None
    row = {
        "signoff_id": f"sgn_{number:04}", "seq": number, "connection": "ci", "key": f"k{number}",
        "repository": "acme/pay", "environment": random.choice(("production", "production-eu", "staging")),
        "kind": "software", "opened_at": opened, "day": day_of(opened.date()), "status": status,
        "ai": random.choice(AIS), "tier": random.choice(("low", "high", "")), "took": took,
        "in_time": {"approved": 1, "rejected": 1, "expired": 0}.get(status), "asked": 2, "reviews": 1,
        "looked": (took and min(took, 1800)) or 0, "lines": 10, "decided_at": decided,
        "committed_at": opened - timedelta(hours=5) if random.random() < 0.7 else None,
        "shipped_at": (decided or opened) + timedelta(hours=2) if went else None, "failed": ill,
    }  # fmt: skip
    names = {
        it: tuple(random.sample(all_of, random.randrange(0, 3))) for it, all_of in NAMES.items()
    }
    return One(row, names)


def named(ones: Iterable[One]) -> Iterator[dict[str, Any]]:
    for one in ones:
        for sort, names in one.names.items():
            for name in names:
                kept = {
                    it: one.row[it]
                    for it in ("day", "signoff_id", "status", "ai", "took", "failed")
                }
                yield {
                    **kept,
                    "sort": sort,
                    "name": name,
                    "shipped": int(one.row["shipped_at"] is not None),
                }


def daily(ones: Iterable[One]) -> list[dict[str, Any]]:
    """Each cell by itself, added up one by one."""
    cells: dict[tuple[str, str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in ones:
        row, day = one.row, one.row["day"]
        its = [
            ("all", "all"),
            ("ai", row["ai"]),
            ("tier", row["tier"]),
            ("environment", row["environment"]),
        ]
        its += [(sort, name) for sort, names in one.names.items() for name in names]
        for cell in (cells[sort, name, day] for sort, name in its):
            for name, number in summed(row).items():
                cell[name] += number
        if row["shipped_at"]:
            cell = cells["went out", row["environment"], day_of(row["shipped_at"].date())]
            cell["shipped"] += 1
            cell["failed"] += row["failed"]
    cells["unasked", "production", day_of(TODAY)]["shipped"] = 3
    cells["unasked", "staging", day_of(TODAY)]["shipped"] = 9
    columns = {name for cell in cells.values() for name in cell}
    return [
        {"sort": sort, "name": name, "day": day, **{it: cell.get(it, 0) for it in columns}}
        for (sort, name, day), cell in cells.items()
    ]


def summed(row: dict[str, Any]) -> dict[str, int]:
    told = {"opened": 1, "looked": row["looked"], "in_time": row["in_time"] or 0}
    if row["status"] != "pending":
        told[row["status"]] = 1
    if row["in_time"] is not None:
        told["due"] = 1
    if row["shipped_at"]:
        told |= {"shipped": 1, "failed": row["failed"]}
    return told


def expected(ones: Iterable[One]) -> Sums:
    found: dict[str, int] = defaultdict(int)
    for one in ones:
        for name, number in summed(one.row).items():
            found[name] += number
    return Sums(**found)


def filled(session: Session, ones: list[One]) -> None:
    session.execute(insert(table("counted")), [one.row for one in ones])
    session.execute(insert(table("counted_name")), list(named(ones)))
    session.execute(insert(table("daily")), daily(ones))


def questions() -> Iterator[Question]:
    for weeks in (4, 13, 26):
        for only in FILTERS:
            yield Question(name="", today=TODAY, weeks=weeks, **only)


async def test_they_are_what_plain_loops_find(store: Store) -> None:
    random = Random(8)  # noqa: S311 - nothing secret
    ones = [invented(random, number) for number in range(SIGNOFFS)]
    await store.write(lambda session: filled(session, ones))

    async def asked(reader: Callable[..., Any], *given: object) -> Any:
        return await store.read(lambda session: reader(session, *given))

    for question in questions():
        its = [one for one in ones if one.is_in(question)]
        assert bool(its) == (question.of != "no such")
        weeks = {week_of(one.row["day"]) for one in its}
        assert await asked(charting.weekly, question) == {
            week: expected(one for one in its if week_of(one.row["day"]) == week) for week in weeks
        }
        for by in ("ai", "tier"):
            assert await asked(charting.split, by, question) == {
                name: expected(one for one in its if one.row[by] == name)
                for name in {one.row[by] for one in its}
            }
        for by in ("tool", "rule", "group"):
            names = {name for one in its for name in one.names[by]}
            assert await asked(charting.split, by, question) == {
                name: expected(one for one in its if name in one.names[by]) for name in names
            }
            went = [one for one in its if one.row["status"] == "approved" and one.row["shipped_at"]]
            assert await asked(charting.escaped, by, question) == {
                name: Sums(
                    shipped=sum(name in one.names[by] for one in went),
                    failed=sum(one.row["failed"] for one in went if name in one.names[by]),
                )
                for name in {name for one in went for name in one.names[by]}
            }
        taken = [(one.row["day"], one.row["took"]) for one in its if one.row["took"]]
        assert sorted(await asked(charting.taken, question)) == sorted(taken)
        ended = [
            (one.row["took"], 1, one.row["failed"])
            for one in its
            if one.row["took"] and one.row["shipped_at"]
        ]
        assert sorted(await asked(charting.ended, question)) == sorted(ended)

    question = Question(name="", today=TODAY)
    await _went_out(asked, ones, question)
    its = [one for one in ones if one.is_in(question)]
    people = {
        group: {
            name for one in its if group in one.names["group"] for name in one.names["reviewer"]
        }
        for group in NAMES["group"]
    }
    assert await asked(charting.reviewers, question) == {it: len(who) for it, who in people.items()}


async def _went_out(asked: Callable[..., Any], ones: list[One], question: Question) -> None:
    """By the day that it went out, and in production alone."""
    went = [
        one.row
        for one in ones
        if one.row["shipped_at"]
        and one.row["environment"].startswith("production")
        and question.first_week
        <= week_of(day_of(one.row["shipped_at"].date()))
        <= question.last_week
    ]
    weeks: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in went:
        week = weeks[week_of(day_of(row["shipped_at"].date()))]
        week[0] += 1
        week[2] += row["failed"]
    weeks[question.last_week][1] = 3
    assert await asked(charting.went_out, question) == {it: tuple(its) for it, its in weeks.items()}
    found = await asked(charting.leads, question)
    whole = [row for row in went if row["committed_at"] and row["decided_at"]]
    assert sorted((it.before, it.waiting, it.after) for it in found) == sorted(
        (5 * 3600, row["took"], 2 * 3600) for row in whole
    )
    assert whole


async def test_who_has_how_much_and_what_went_wrong(store: Store) -> None:
    since = datetime(2026, 11, 12, tzinfo=UTC)
    before, after = since - timedelta(hours=1), since + timedelta(hours=1)

    def fill(session: Session) -> None:
        rows = [("a", "ada", before, True), ("b", "ada", after, True), ("c", "jun", before, True),
                ("d", "kim", after, False), ("e", "lee", before, False)]  # fmt: skip
        session.execute(
            insert(table("invitation")),
            [
                dict(zip(("signoff_id", "person", "at", "waiting"), row, strict=True))
                for row in rows
            ],
        )
        told = [("i", "production", after, None), ("j", "production", after, after),
                ("k", "staging", after, after), ("l", "production", before - timedelta(days=99), after),
                ("m", "production", after, after)]  # fmt: skip
        session.execute(
            insert(table("incident")),
            [
                {"id": key, "source": "s", "key": key, "title": "t", "severity": "", "environment": place,
                 "repositories": "[]", "started_at": began, "resolved_at": over, "seq": 1}
                for key, place, began, over in told
            ],
        )  # fmt: skip
        links = [(key, "perhaps" if key == "m" else "said") for key, *_ in told]
        session.execute(
            insert(table("incident_of")),
            [
                {"incident_id": key, "signoff_id": "s", "how": how, "by": "", "seq": 1}
                for key, how in links
            ],
        )

    await store.write(fill)
    found = await store.read(lambda session: charting_now.loads(session, since))
    assert found == {"ada": (2, 1), "jun": (1, 0), "kim": (0, 1)}
    question = Question(name="", today=TODAY, weeks=4)
    troubles = await store.read(lambda session: charting.troubles(session, question))
    assert sorted(troubles, key=str) == sorted([(after, None), (after, after)], key=str)
