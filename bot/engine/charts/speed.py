"""How fast is it, and what becomes of what is asked?"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.domain.risk import RiskTier
from bot.domain.seeing.chart import Chart, Column, Kind, Part, Tone, Unit, beside, weeks, words
from bot.domain.seeing.intervals import rate
from bot.domain.seeing.quantiles import ENOUGH, half, nine_of_ten, rank
from bot.domain.seeing.question import Question, week_of
from bot.domain.seeing.saying import counted, length
from bot.domain.seeing.sums import (
    AUTOMATION,
    CLASSES,
    NONE,
    WHAT_CLASSES_ARE,
    Sums,
    added,
    of_class,
)

Taken = tuple[int, int]
"""The day that it was opened, and the seconds until it was decided."""

MINUTE, HOUR, DAY = 60, 3600, 86400
BOUNDS = (5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY)
WITHIN = ("5 min", "15 min", "1 h", "4 h", "8 h", "1 d", "3 d", "longer")
TOO_FEW = "Fewer than five decisions by people: too few to say."

TOO_FEW_DUE = "In no week five were decided or expired: too few to say."

STEPS = (
    ("Opened", "opened"),
    ("Put to people", "asked"),
    ("Decided by people", "decided"),
    ("Allowed to go on", "went_on"),
    ("Deployed", "shipped"),
    ("Failed after that", "failed"),
)
TIERS = (
    ("Low", Tone.FIRST, RiskTier.LOW.value),
    ("Normal", Tone.SECOND, RiskTier.NORMAL.value),
    ("High", Tone.THIRD, RiskTier.HIGH.value),
    ("Critical", Tone.BAD, RiskTier.CRITICAL.value),
)


def bucket(took: int) -> int:
    """Which of `WITHIN` it is: as long as the bound is still within it."""
    return bisect_left(BOUNDS, took)


def waits(times: Iterable[Taken], question: Question) -> Chart:
    """From the opening to the decision, of what people decided."""
    ordered = sorted(took for _, took in times)
    counts = [0] * len(WITHIN)
    for took in ordered:
        counts[bucket(took)] += 1
    enough = len(ordered) >= ENOUGH
    said = (
        f"Half of {counted(len(ordered), 'decision')} took no more than {length(rank(ordered, 50))};"
        f" nine of ten no more than {length(rank(ordered, 90))}."
    ) if enough else ""  # fmt: skip
    return Chart(
        name="waits",
        title="How long decisions took",
        sentence=said,
        kind=Kind.BARS,
        unit=Unit.NUMBER,
        columns=(words("Took no more than"), Column("Decisions")),
        rows=tuple(zip(WITHIN, counts, strict=True)),
        note="From the opening to the decision, by the clock on the wall: nights count.",
        too_few="" if enough else TOO_FEW,
    )


def pace(times: Iterable[Taken], question: Question) -> Chart:
    """Week by week; of fewer than five there is nothing to say."""
    by_week: dict[int, list[int]] = defaultdict(list)
    for day, took in times:
        by_week[week_of(day)].append(took)
    rows = tuple(
        (monday, half(found), nine_of_ten(found), len(found))
        for week, monday in question.each_week()
        for found in [sorted(by_week.get(week, ()))]
    )
    return Chart(
        name="pace",
        title="How long decisions took, week by week",
        sentence=_pace_said(rows),
        kind=Kind.LINES,
        unit=Unit.LENGTH,
        columns=(
            weeks(),
            Column("Half", Unit.LENGTH),
            Column("Nine of ten", Unit.LENGTH, tone=Tone.SECOND),
            beside("Decisions"),
        ),
        rows=rows,
        note="By the week of the opening. Weeks of fewer than five decisions are left out.",
        too_few="" if any(row[1] is not None for row in rows) else TOO_FEW,
        running=True,
    )


def _pace_said(rows: Sequence[tuple[object, int | None, int | None, int]]) -> str:
    """Of the last week that is over."""
    *over, _ = rows
    middle, most, number = over[-1][1:]
    if middle is None or most is None:
        return "In the last whole week there were too few decisions to say."
    return (
        f"Of {counted(number, 'decision')} of the last whole week half took no more than"
        f" {length(middle)}, nine of ten no more than {length(most)}."
    )


def in_time(weekly: Mapping[int, Sums], question: Question) -> Chart:
    """What people decided, of what they decided or let expire."""
    rows = []
    for week, monday in question.each_week():
        sums = weekly.get(week, NONE)
        found = rate(sums.in_time, sums.due) if sums.due >= ENOUGH else None
        ends = (found.share, found.low, found.high) if found else (None, None, None)
        rows.append((monday, ends[0], sums.in_time, sums.due, *ends[1:]))
    whole = rate(sum(row[2] for row in rows), sum(row[3] for row in rows))
    return Chart(
        name="in-time",
        title="Decided in time",
        sentence=f"{whole.said('were decided before they expired')}." if whole else "",
        kind=Kind.LINES,
        unit=Unit.SHARE,
        columns=(
            weeks(),
            Column("In time", Unit.SHARE, tone=Tone.GOOD),
            Column("Decided", part=Part.HITS),
            Column("Decided or expired", part=Part.OF),
            Column("Likely from", Unit.SHARE, Part.LOW),
            Column("to", Unit.SHARE, Part.HIGH),
        ),
        rows=tuple(rows),
        note="By the week of the opening. Weeks of fewer than five are left out.",
        too_few="" if any(row[1] is not None for row in rows) else TOO_FEW_DUE,
        running=True,
    )


def funnel(by_ai: Mapping[str, Sums], question: Question) -> Chart:
    """From the opening to the deployment, by what is said of AI."""
    parts = [(one.name, one.tone, of_class(one, by_ai)) for one in CLASSES]
    apart = of_class(AUTOMATION, by_ai)
    return Chart(
        name="funnel",
        title="What becomes of what is opened, by AI",
        sentence=_funnel_said([*(it[2] for it in parts), apart]),
        kind=Kind.ACROSS,
        unit=Unit.NUMBER,
        columns=(
            words("Step"),
            *(Column(name, tone=tone) for name, tone, _ in parts),
            beside(AUTOMATION.name),
        ),
        rows=_steps([*(it[2] for it in parts), apart]),
        note=f"{WHAT_CLASSES_ARE} What needs no sign-off goes on without being put to people.",
        too_few="" if any(sums.opened for *_, sums in parts) or apart.opened else NOTHING,
    )


def tiers(by_tier: Mapping[str, Sums], question: Question) -> Chart:
    """The same by how risky it is."""
    parts = [(name, tone, by_tier.get(tier, NONE)) for name, tone, tier in TIERS]
    known = {tier for *_, tier in TIERS}
    rest = added(sums for tier, sums in by_tier.items() if tier not in known)
    return Chart(
        name="tiers",
        title="What becomes of what is opened, by risk",
        sentence=_funnel_said([*(it[2] for it in parts), rest]),
        kind=Kind.ACROSS,
        unit=Unit.NUMBER,
        columns=(
            words("Step"),
            *(Column(name, tone=tone) for name, tone, _ in parts),
            beside("Not assessed"),
        ),
        rows=_steps([*(it[2] for it in parts), rest]),
        note="What needs no sign-off goes on without being put to people.",
        too_few="" if any(sums.opened for *_, sums in parts) or rest.opened else NOTHING,
    )


NOTHING = "Nothing was opened in these weeks."


def _steps(columns: Sequence[Sums]) -> tuple[tuple[str | int, ...], ...]:
    return tuple((name, *(getattr(sums, of) for sums in columns)) for name, of in STEPS)


def _funnel_said(parts: Sequence[Sums]) -> str:
    whole = added(parts)
    return (
        f"{whole.asked:,} of {counted(whole.opened, 'change')} were put to people;"
        f" {whole.went_on:,} were allowed to go on, and {whole.shipped:,} were deployed."
    )
