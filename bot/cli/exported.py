"""How does it read what was exported, and whether all of it is there and holds?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.cli import terminal

NAMED = 10
"""Of each list; the others stand in the export."""


def said(facts: Mapping[str, Any]) -> Iterator[str]:
    """For people, on standard error."""
    population = facts["population"]
    yield (
        f"{facts['records_written']:,} of {population['count']:,} records from {population['since']} "
        f"to {population['until']}; sha256 {facts['file']['sha256']}"
    )
    if not population["over"]:
        yield "that period is not over: more may come"
    if facts["sample"] and not population["over"]:
        yield "  so this sample is none yet: draw it again once it is, with a seed named after that"
    yield (
        f"{facts['decisions']:,} decisions, {facts['let_go_on']:,} let it go on; "
        f"{facts['deployments_seen']:,} deployments seen, {facts['with_decision']:,} with a decision"
    )
    yield from _without(facts)
    yield from _not_verified(facts)
    yield from _unreadable(facts)
    yield from _trail(facts)


def _without(facts: Mapping[str, Any]) -> Iterator[str]:
    count, named = facts["without_decision_count"], facts["without_decision"][:NAMED]
    if count:
        yield f"{count:,} deployments without a decision:"
    for it in named:
        what = it["what"] or it["key"] or "something it did not name"
        where = f" to {it['environment']}" if it["environment"] else ""
        about = f"{it['at']} {it['connection']}: {what}{where}, {it['why']}"
        yield f"  {terminal.escaped(about)}"
    if count > len(named):
        yield f"  and {count - len(named):,} more"


def _not_verified(facts: Mapping[str, Any]) -> Iterator[str]:
    count, named = facts["records_not_verified_count"], facts["records_not_verified"][:NAMED]
    if count:
        yield f"{count:,} records do not hold:"
    for it in named:
        yield f"  {terminal.escaped(it['record_id'])}: {terminal.escaped('; '.join(it['why']))}"
    if count > len(named):
        yield f"  and {count - len(named):,} more"


def _unreadable(facts: Mapping[str, Any]) -> Iterator[str]:
    count, named = facts["entries_not_readable_count"], facts["entries_not_readable"][:NAMED]
    if count:
        numbers = ", ".join(map(str, named))
        yield f"{count:,} entries tell of nothing that we know, perhaps of deployments: {numbers}"


def _trail(facts: Mapping[str, Any]) -> Iterator[str]:
    trail, count = facts["trail"], facts["population"]["count"]
    if facts["trail_holds"]:
        yield f"the audit trail holds: {trail['entries']:,} entries"
        return
    yield "the audit trail does not hold: see countersign audit verify"
    for flaw in trail["flaws"][:NAMED]:
        *_, kind = (name for name in flaw if name != "why")
        yield f"  {kind} {terminal.escaped(str(flaw[kind]))}: {terminal.escaped(flaw['why'])}"
    if not trail["same_as_database"]:
        yield (
            f"  it tells of {trail['asked_for_in_period']:,} asked for in this period, "
            f"and the database has {count:,}, or others"
        )
    for record_id in trail["not_in_database"][:NAMED]:
        yield f"  {terminal.escaped(record_id)}: its entries tell of it, and it is gone"
