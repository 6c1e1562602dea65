"""How does it read what a policy would have asked for in the past?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.cli import terminal
from bot.cli.reports import Share, Shifted, Simulated, Tally
from bot.domain.people import Roster
from bot.domain.spans import duration, harmless

STRANGERS_SHOWN, PEOPLE_SHOWN = 10, 20

_Row = tuple[str, ...]


def described(found: Simulated, width: int) -> Iterator[str]:
    """For people: the numbers of today's policy, and of the candidate beside them."""
    tallies = [found.today, *([found.candidate] if found.candidate else [])]
    span = f"from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    yield f"{found.today.changes.all} changes {span}"
    yield ""
    heads = ("", "TODAY", "CANDIDATE")[: len(tallies) + 1]
    yield from terminal.table([heads, *_numbers(found, tallies)], width)
    for title, tables in (
        ("By AI status: asked for, of all", [_shares(it.ai) for it in tallies]),
        ("By risk: asked for, of all", [_shares(it.risk) for it in tallies]),
        ("By rule: asked for, of all it applies to", [_shares(it.rules) for it in tallies]),
        ("Asks per person", _people(found, tallies)),
    ):
        yield ""
        yield title
        yield from terminal.table(list(_beside(tables)), width)
    if found.candidate:
        yield ""
        yield from map(terminal.escaped, _shifts(found))
    yield ""
    yield from map(terminal.escaped, _notes(found, tallies))


def _numbers(found: Simulated, tallies: Sequence[Tally]) -> Iterator[_Row]:
    yield ("asked for", *(f"{it.changes.asked} ({_percent(it.changes)})" for it in tallies))
    yield ("signatures needed", *(str(it.signatures) for it in tallies))
    yield ("asks sent", *(str(sum(it.people.values())) for it in tallies))
    yield ("hours of review a week", *(f"{found.hours_a_week(it):.1f}" for it in tallies))
    yield ("expired before an answer", *(f"{it.late} of {it.changes.asked}" for it in tallies))
    yield ("added delay, median", *(_length(it.median_delay) for it in tallies))
    yield ("added delay, 95 of 100 within", *(_length(it.p95_delay) for it in tallies))
    yield ("too few could be asked", *(str(it.stuck) for it in tallies))


def _shifts(found: Simulated) -> Iterator[str]:
    if not found.shifts:
        yield "The candidate treats every change as today's policy does."
        return
    yield "What the candidate changes"
    for shift, count in found.shifts.items():
        yield f"  {count} {shift.value}"
        yield from (f"    {_example(it)}" for it in found.examples if it.shift is shift)


def _example(it: Shifted) -> str:
    because = f" ({harmless(it.because, 200)})" if it.because else ""
    named = f"{it.change.revision[:8]} {it.at:%Y-%m-%d} {harmless(it.change.title, 60)}"
    return f"{named}: {it.before} -> {it.after}{because}"


def _notes(found: Simulated, tallies: Sequence[Tally]) -> Iterator[str]:
    said = found.assumptions
    yield (
        f"assumed: a review takes {said.minutes_per_review:g} minutes; whoever is asked answers "
        f"{duration(said.reaction)} after they are at work; nobody is away"
    )
    if any(it.shadow for it in tallies):
        yield "note: in shadow mode it asks nobody; these numbers are what it would have asked"
    if found.strangers:
        changes = sum(count for _, count in found.strangers)
        listed = ", ".join(f"{name} ({count})" for name, count in found.strangers[:STRANGERS_SHOWN])
        left = len(found.strangers) - STRANGERS_SHOWN
        more = f", and {left} more" if left > 0 else ""
        yield f"note: {changes} changes are by authors who are not in the roster: {listed}{more}"
    yield from (f"note: {note}" for note in found.notes)


def _shares(shares: Mapping[str, Share]) -> dict[str, str]:
    return {harmless(name, 80): f"{it.asked} of {it.all}" for name, it in shares.items()}


def _people(found: Simulated, tallies: Sequence[Tally]) -> list[dict[str, str]]:
    """Those with the most asks by any policy, and the others together."""
    most = Counter[str]()
    for tally in tallies:
        most |= Counter(tally.people)
    ids = [id for id, _ in most.most_common()]
    shown, rest = ids[:PEOPLE_SHOWN], ids[PEOPLE_SHOWN:]
    tables = []
    for tally in tallies:
        table = {_who(id, found.roster): str(tally.people.get(id, 0)) for id in shown}
        others = sum(tally.people.get(id, 0) for id in rest)
        tables.append(table | ({f"{len(rest)} others": str(others)} if rest else {}))
    return tables


def _who(person: str, roster: Roster) -> str:
    """Names may be alike, ids are not."""
    return f"{roster.name(person)} ({person})"


def _beside(tables: Sequence[Mapping[str, str]]) -> Iterator[_Row]:
    """Each name once, with its value in every table."""
    names = dict.fromkeys(name for table in tables for name in table)
    for name in names:
        yield (f"  {name}", *(table.get(name, "-") for table in tables))
    if not names:
        yield ("  none", *("" for _ in tables))


def _percent(share: Share) -> str:
    return f"{100 * share.asked / share.all:.0f}%" if share.all else "0%"


def _length(delay: timedelta | None) -> str:
    return duration(delay) if delay is not None else "-"


def as_json(found: Simulated) -> dict[str, Any]:
    """The same for programs, with every person, rule and stranger."""
    return {
        "ok": True,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "assumptions": {
            "minutes_per_review": found.assumptions.minutes_per_review,
            "reaction_seconds": found.assumptions.reaction.total_seconds(),
        },
        "today": _tally(found, found.today),
        "candidate": _tally(found, found.candidate) if found.candidate else None,
        "shifts": {shift.name.lower(): count for shift, count in found.shifts.items()},
        "examples": [_example_as_json(it) for it in found.examples],
        "strangers": [{"author": name, "changes": count} for name, count in found.strangers],
        "notes": list(found.notes),
    }


def _tally(found: Simulated, tally: Tally) -> dict[str, Any]:
    return {
        "changes": tally.changes.all,
        "asked_for": tally.changes.asked,
        "ai": {name: {"asked_for": it.asked, "changes": it.all} for name, it in tally.ai.items()},
        "risk": {
            name: {"asked_for": it.asked, "changes": it.all} for name, it in tally.risk.items()
        },
        "rules": {
            name: {"asked_for": it.asked, "changes": it.all} for name, it in tally.rules.items()
        },
        "people": dict(tally.people),
        "signatures": tally.signatures,
        "hours_a_week": round(found.hours_a_week(tally), 2),
        "median_delay_seconds": _seconds(tally.median_delay),
        "p95_delay_seconds": _seconds(tally.p95_delay),
        "late": tally.late,
        "stuck": tally.stuck,
        "shadow": tally.shadow,
    }


def _seconds(delay: timedelta | None) -> float | None:
    return delay.total_seconds() if delay is not None else None


def _example_as_json(it: Shifted) -> dict[str, Any]:
    return {
        "shift": it.shift.name.lower(),
        "revision": it.change.revision,
        "at": it.at.isoformat(),
        "title": it.change.title,
        "before": it.before,
        "after": it.after,
        "because": it.because,
    }
