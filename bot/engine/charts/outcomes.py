"""What became of what went out? DORA's keys, what failed, and through which rule it slipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.domain.seeing.chart import (
    Cell,
    Chart,
    Column,
    Kind,
    Part,
    Tone,
    Unit,
    beside,
    weeks,
    words,
)
from bot.domain.seeing.dora import Lead, Leads, leads_of, restored_in
from bot.domain.seeing.intervals import Rate, compared, rate
from bot.domain.seeing.question import Question
from bot.domain.seeing.saying import counted, length, percent
from bot.domain.seeing.sums import (
    ASSISTED,
    AUTOMATION,
    CLASSES,
    OTHERS,
    WHAT_CLASSES_ARE,
    WITHOUT,
    Sums,
    of_class,
    with_others,
)
from bot.engine.charts.speed import WITHIN, bucket

LEAST = 20
"""Of fewer that went out, names stand together."""

NOTHING_WENT = "Nothing was deployed, as far as we were told."
WHAT_LINES_ARE = "The line is where the rate likely is: 95 of a hundred such lines hold it."

Ended = tuple[int, int, int]
"""How long the decision took, and whether it was deployed, and failed."""


def failures(by_ai: Mapping[str, Sums], question: Question) -> Chart:
    """Of what was deployed, what then failed, was rolled back or had an incident."""
    parts = [(one.name, of_class(one, by_ai)) for one in (*CLASSES, AUTOMATION)]
    one, other = (of_class(it, by_ai) for it in (ASSISTED, WITHOUT))
    return _rates(
        "failures",
        "What failed after it was deployed, by AI",
        "Change",
        [(name, sums.failed, sums.shipped) for name, sums in parts],
        _two(one, other),
        f"{WHAT_CLASSES_ARE} {WHAT_LINES_ARE}",
    )


def _two(one: Sums, other: Sums) -> str:
    """The two that people compare, and how sure one can be."""
    first, second = rate(one.failed, one.shipped), rate(other.failed, other.shipped)
    told = [
        f"{name}: {found.said('failed')}."
        for name, found in ((ASSISTED.name, first), (WITHOUT.name, second))
        if found
    ]
    return " ".join([*told, *([compared(first, second)] if first and second else [])])


def time_and_outcome(ended: Iterable[Ended], question: Question) -> Chart:
    """Whether what was decided in minutes fails more often than what took a day."""
    shipped, failed = [0] * len(WITHIN), [0] * len(WITHIN)
    for took, went, ill in ended:
        shipped[bucket(took)] += went
        failed[bucket(took)] += ill
    quick, slow = ((sum(failed[part]), sum(shipped[part])) for part in (QUICK, SLOW))
    first, second = rate(*quick), rate(*slow)
    said = (
        f"Decided within an hour: {first.said('failed')}. Later: {second.said('failed')}."
        f" {compared(first, second)}"
        if first and second
        else ""
    )
    return _rates(
        "time-and-outcome",
        "What failed, by how long the decision took",
        "Took no more than",
        list(zip(WITHIN, failed, shipped, strict=True)),
        said,
        WHAT_LINES_ARE,
    )


QUICK, SLOW = slice(0, 3), slice(3, None)


def escapes(by: str, sums: Mapping[str, Sums], question: Question) -> Chart:
    """What people approved and what then failed, by a kind of name."""
    found = with_others(sums, LEAST, "shipped")
    worst = max(
        (it for it in found if it[0] != OTHERS),
        key=lambda it: Rate(it[1].failed, it[1].shipped).share,
        default=None,
    )
    return _rates(
        f"escapes-{by}",
        f"What slipped through, by {by}",
        by.capitalize(),
        [(name, it.failed, it.shipped) for name, it in found],
        f"Most often with {worst[0]}: {Rate(worst[1].failed, worst[1].shipped).said('failed')}."
        if worst
        else "",
        f"Deployed and failed. Of fewer than {LEAST} stand together as “{OTHERS}”."
        f" {WHAT_LINES_ARE}",
    )


def keys(
    weekly: Mapping[int, tuple[int, int, int]],
    leads: Leads,
    incidents: Sequence[tuple[datetime, datetime | None]],
    question: Question,
) -> Chart:
    """DORA's four: deployments a week are drawn, and all four are said. `weekly`: of each week what
    went out that we were asked about, what went out unasked, and what of the first failed.
    """
    rows = tuple((monday, *weekly.get(week, (0, 0, 0))) for week, monday in question.each_week())
    asked, unasked, failed = (sum(row[at] for row in weekly.values()) for at in range(3))
    over, restored = restored_in(incidents)
    return Chart(
        name="keys",
        title="How often, how fast, how well: DORA’s four keys",
        sentence=" ".join(
            (
                f"{counted(asked + unasked, 'deployment')} in {question.weeks} weeks.",
                _lead_said(leads),
                _failed_said(failed, asked),
                f"Half of {counted(over, 'incident')} were over within {length(restored)}."
                if restored is not None
                else f"{counted(over, 'incident')} came to an end: too few for a time to recover.",
            )
        ),
        kind=Kind.STACKED,
        unit=Unit.NUMBER,
        columns=(
            weeks(),
            Column("Signed off"),
            Column("Unasked", tone=Tone.SECOND),
            beside("Failed of those signed off"),
        ),
        rows=rows,
        note="Successful deployments to production, by the day that they went out.",
        too_few="" if asked + unasked else NOTHING_WENT,
        running=True,
    )


def _lead_said(leads: Leads) -> str:
    if leads.whole is None:
        return f"{counted(leads.of, 'lead time')}: too few to say how long."
    return f"Lead time: half of {leads.of:,} no more than {length(leads.whole)}."


def _failed_said(failed: int, shipped: int) -> str:
    found = rate(failed, shipped)
    return f"{found.said('failed')}." if found else "None of those signed off went out."


def lead(leads: Iterable[Lead], question: Question) -> Chart:
    """From the first line to the deployment, and the wait for sign-off as a part of its own."""
    found = leads_of(leads)
    shares: Sequence[float | None] = found.shares or (None, None, None)
    lengths = (found.before, found.waiting, found.after)
    waiting = shares[1]
    return Chart(
        name="lead",
        title="From the first line to production",
        sentence=f"Half of {counted(found.of, 'deployment')} took no more than"
        f" {length(found.whole)}. The wait for sign-off is {percent(waiting)} of all that time."
        if found.whole is not None and waiting is not None
        else "",
        kind=Kind.ACROSS,
        unit=Unit.LENGTH,
        columns=(
            words("Part"),
            Column("Half took no more than", Unit.LENGTH),
            beside("Share of all time", Unit.SHARE),
        ),
        rows=tuple(zip(PARTS, lengths, shares, strict=True)),
        note="As the commits say: from the earliest of them. Medians of parts do not add up.",
        too_few="" if found.shares else "Fewer than five deployments with known commits.",
    )


PARTS = ("Written, until we were asked", "The wait for sign-off", "Decided, until deployed")


def _rates(
    name: str, title: str, what: str, parts: Sequence[tuple[str, int, int]], said: str, note: str
) -> Chart:
    """A rate and its interval, and its counts, a row each."""
    return Chart(
        name=name,
        title=title,
        sentence=said,
        kind=Kind.RANGES,
        unit=Unit.SHARE,
        columns=(
            words(what),
            Column("Failed", Unit.SHARE, tone=Tone.BAD),
            Column("Likely from", Unit.SHARE, Part.LOW),
            Column("to", Unit.SHARE, Part.HIGH),
            Column("Number failed", part=Part.HITS),
            Column("Deployed", part=Part.OF),
        ),
        rows=tuple(_rated(*part) for part in parts),
        note=note,
        too_few="" if any(of for *_, of in parts) else NOTHING_WENT,
    )


def _rated(name: str, hits: int, of: int) -> tuple[Cell, ...]:
    found = rate(hits, of)
    ends = (found.share, found.low, found.high) if found else (None, None, None)
    return (name, *ends, hits, of)
