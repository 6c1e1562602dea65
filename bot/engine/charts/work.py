"""What does it cost, and how does it end by tool?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.seeing.chart import Cell, Chart, Column, Kind, Tone, Unit, beside, weeks, words
from bot.domain.seeing.intervals import Rate
from bot.domain.seeing.question import Question
from bot.domain.seeing.saying import counted, work
from bot.domain.seeing.sums import NONE, OTHERS, Sums, with_others

FEW = 5
"""Names of fewer than that stand together."""

LOADED_AT_MOST = 30
WHAT_HOURS_ARE = (
    "About, and always: from opening the evidence to the decision, at most 30 min; 10 min where"
    " nobody was seen to open it."
)


def hours(weekly: Mapping[int, Sums], question: Question) -> Chart:
    """Time of those who review."""
    rows = tuple(
        (monday, sums.looked, sums.decided)
        for week, monday in question.each_week()
        for sums in [weekly.get(week, NONE)]
    )
    return Chart(
        name="hours",
        title="Time of those who review",
        sentence=_hours_said([row[1] for row in rows]),
        kind=Kind.BARS,
        unit=Unit.WORK,
        columns=(weeks(), Column("Time", Unit.WORK), beside("Decisions")),
        rows=rows,
        note=WHAT_HOURS_ARE,
        too_few="" if any(row[1] for row in rows) else "Nobody reviewed anything in these weeks.",
        running=True,
    )


def _hours_said(each: Sequence[int]) -> str:
    """The last week that is over, beside those before it."""
    *before, last, _ = each
    said = f"About {work(last)} in the last whole week"
    if not any(before):
        return f"{said}."
    usual = sum(before) / len(before)
    if abs(last - usual) < usual / 10:
        return f"{said}, as much as in the weeks before."
    more = "more" if last > usual else "less"
    return f"{said}, {work(abs(last - usual))} {more} than in a usual week before."


def tools(by_tool: Mapping[str, Sums], question: Question) -> Chart:
    """Of what came to an end, the share that ended in each way."""
    found = with_others(by_tool, FEW, "ended")
    rows = [_ends(name, sums) for name, sums in found]
    return Chart(
        name="tools",
        title="How it ended, by tool",
        sentence=_tools_said(found),
        kind=Kind.STACKED_ACROSS,
        unit=Unit.SHARE,
        columns=(
            words("Tool"),
            Column("Approved", Unit.SHARE, tone=Tone.GOOD),
            Column("Rejected", Unit.SHARE, tone=Tone.BAD),
            Column("Expired", Unit.SHARE, tone=Tone.IDLE),
            beside("Number approved"),
            beside("Number rejected"),
            beside("Number expired"),
            beside("Rejected, likely from", Unit.SHARE),
            beside("to", Unit.SHARE),
        ),
        rows=tuple(rows),
        note="A change that several tools helped with counts for each. Tools of fewer than five"
        f" stand together as “{OTHERS}”.",
        too_few="" if rows else "Nothing that a tool helped with came to an end.",
    )


def _ends(name: str, sums: Sums) -> tuple[Cell, ...]:
    each = (sums.approved, sums.rejected, sums.expired)
    found = Rate(sums.rejected, sums.ended)
    return (name, *(it / sums.ended for it in each), *each, found.low, found.high)


def _tools_said(found: Sequence[tuple[str, Sums]]) -> str:
    """Of the tool that had most."""
    if not found:
        return ""
    name, sums = found[0]
    return f"{name}: {Rate(sums.rejected, sums.ended).said('were rejected')}."


def load(people: Mapping[str, tuple[int, int]], question: Question) -> Chart:
    """How many wait for each, and how many each was asked for: no times, no verdicts."""
    ordered = sorted(people.items(), key=lambda it: (-it[1][0], -it[1][1], it[0]))
    shown = ordered[:LOADED_AT_MOST]
    return Chart(
        name="load",
        title="Who has how much before them",
        sentence=_load_said(shown),
        kind=Kind.ACROSS,
        unit=Unit.NUMBER,
        columns=(
            words("Who"),
            Column("Waits for them now", tone=Tone.SECOND),
            Column("Asked in seven days"),
        ),
        rows=tuple((name, *counts) for name, counts in shown),
        note="How much there is, and nothing about how anybody works."
        + (f" The {LOADED_AT_MOST} with most." if len(ordered) > len(shown) else ""),
        too_few="" if shown else "Nobody was asked for anything in seven days.",
    )


def _load_said(shown: Sequence[tuple[str, tuple[int, int]]]) -> str:
    waiting = sum(counts[0] for _, counts in shown)
    asked = sum(counts[1] for _, counts in shown)
    several = counted(sum(1 for _, counts in shown if counts[0]), "person", "people")
    return (
        f"{counted(waiting, 'question')} now wait for {several};"
        f" {counted(asked, 'question')} in seven days."
    )
