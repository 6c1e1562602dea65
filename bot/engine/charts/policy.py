"""What does each rule ask for, what does it cost, and what did it catch?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.seeing.chart import Chart, Column, Kind, Tone, Unit, beside, words
from bot.domain.seeing.question import Question
from bot.domain.seeing.saying import work
from bot.domain.seeing.sums import NONE, Sums
from bot.engine.charts.work import WHAT_HOURS_ARE

SHOWN = 20
NO_RULE = "No rule applied to anything in these weeks."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`alone`: it was the only rule that applied. `caught`: rejected by people."""

    rule: str
    applied: int
    alone: int
    caught: int
    looked: int
    shipped: int
    failed: int


def costs(by_rule: Mapping[str, Sums], alone: Mapping[str, Sums]) -> list[Cost]:
    """Those that asked most often, first."""
    found = [
        Cost(
            rule=rule,
            applied=sums.opened,
            alone=alone.get(rule, NONE).opened,
            caught=sums.rejected,
            looked=sums.looked,
            shipped=sums.shipped,
            failed=sums.failed,
        )
        for rule, sums in by_rule.items()
        if sums.opened
    ]
    return sorted(found, key=lambda it: (-it.applied, it.rule))


def rules(found: Iterable[Cost], question: Question) -> Chart:
    """How often each applied, and how often people then said no."""
    shown = list(found)[:SHOWN]
    return Chart(
        name="rules",
        title="How often each rule asks, and what it caught",
        sentence=_said(shown),
        kind=Kind.ACROSS,
        unit=Unit.NUMBER,
        columns=(
            words("Rule"),
            Column("Applied"),
            Column("Caught", tone=Tone.BAD),
            beside("Alone the reason"),
            beside("Time of those who review", Unit.WORK),
            beside("Deployed"),
            beside("Failed after that"),
        ),
        rows=tuple(
            (it.rule, it.applied, it.caught, it.alone, it.looked, it.shipped, it.failed)
            for it in shown
        ),
        note="Caught: rejected by people. Several rules may apply to one sign-off, and then share"
        " what it cost and what was caught.",
        too_few="" if shown else NO_RULE,
    )


def rule_hours(found: Iterable[Cost], question: Question) -> Chart:
    """What each costs those who review."""
    shown = sorted(found, key=lambda it: (-it.looked, it.rule))[:SHOWN]
    return Chart(
        name="rule-hours",
        title="What each rule costs",
        sentence=f"“{shown[0].rule}” cost about {work(shown[0].looked)}, and caught"
        f" {shown[0].caught:,}." if shown else "",
        kind=Kind.ACROSS,
        unit=Unit.WORK,
        columns=(
            words("Rule"),
            Column("Time of those who review", Unit.WORK),
            beside("Applied"),
            beside("Caught"),
        ),
        rows=tuple((it.rule, it.looked, it.applied, it.caught) for it in shown),
        note=f"{WHAT_HOURS_ARE} Several rules may share it.",
        too_few="" if shown else NO_RULE,
    )  # fmt: skip


def _said(shown: list[Cost]) -> str:
    """The rule that asks most often, and whether some never catch anything."""
    if not shown:
        return ""
    most = shown[0]
    idle = [it for it in shown if it.applied >= SHOWN and not it.caught]
    never = f" {len(idle)} that applied 20 times or more caught nothing." if idle else ""
    return f"“{most.rule}” applied {most.applied:,} times and caught {most.caught:,}.{never}"
