"""Which charts are there? Each by its name, out of the database and for one question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.attention import ENOUGH
from bot.domain.seeing.chart import Chart
from bot.domain.seeing.dora import leads_of
from bot.domain.seeing.question import Question
from bot.domain.seeing.sums import OTHERS, Sums, added
from bot.engine.charts import outcomes, policy, speed, work
from storage import charting, charting_now
from storage.store import Session

Drawer = Callable[[Session, Question], Chart]


def _waits(session: Session, question: Question) -> Chart:
    return speed.waits(charting.taken(session, question), question)


def _pace(session: Session, question: Question) -> Chart:
    return speed.pace(charting.taken(session, question), question)


def _in_time(session: Session, question: Question) -> Chart:
    return speed.in_time(charting.weekly(session, question), question)


def _funnel(session: Session, question: Question) -> Chart:
    return speed.funnel(charting.split(session, "ai", question), question)


def _tiers(session: Session, question: Question) -> Chart:
    return speed.tiers(charting.split(session, "tier", question), question)


def _hours(session: Session, question: Question) -> Chart:
    return work.hours(charting.weekly(session, question), question)


def _tools(session: Session, question: Question) -> Chart:
    return work.tools(charting.split(session, "tool", question), question)


def _load(session: Session, question: Question) -> Chart:
    """Of all that there is, whatever else was asked for: people have one desk."""
    return work.load(charting_now.loads(session, question.lately), question)


def _costs(session: Session, question: Question) -> list[policy.Cost]:
    by_rule = charting.split(session, "rule", question)
    return policy.costs(by_rule, charting.split(session, "rule alone", question))


def _rules(session: Session, question: Question) -> Chart:
    return policy.rules(_costs(session, question), question)


def _rule_hours(session: Session, question: Question) -> Chart:
    return policy.rule_hours(_costs(session, question), question)


def _failures(session: Session, question: Question) -> Chart:
    return outcomes.failures(charting.split(session, "ai", question), question)


def _time_and_outcome(session: Session, question: Question) -> Chart:
    return outcomes.time_and_outcome(charting.ended(session, question), question)


def _keys(session: Session, question: Question) -> Chart:
    everything = replace(question, sort="all", of="")
    return outcomes.keys(
        charting.went_out(session, everything),
        leads_of(charting.leads(session, everything)),
        charting.troubles(session, everything),
        everything,
    )


def _lead(session: Session, question: Question) -> Chart:
    everything = replace(question, sort="all", of="")
    return outcomes.lead(charting.leads(session, everything), everything)


def _escapes(by: str) -> Drawer:
    def drawn(session: Session, question: Question) -> Chart:
        return outcomes.escapes(by, charting.escaped(session, by, question), question)

    return drawn


def _escapes_by_group(session: Session, question: Question) -> Chart:
    """A group of few reviewers stands among the others: it would be about each of them."""
    reviewers = charting.reviewers(session, question)
    sums = charting.escaped(session, "group", question)
    told = {name: it for name, it in sums.items() if reviewers.get(name, 0) >= ENOUGH}
    rest = added(it for name, it in sums.items() if name not in told)
    few: dict[str, Sums] = {OTHERS: rest} if rest.shipped else {}
    return outcomes.escapes("group", {**told, **few}, question)


EVERY: Mapping[str, Drawer] = {
    "waits": _waits,
    "pace": _pace,
    "in-time": _in_time,
    "funnel": _funnel,
    "tiers": _tiers,
    "hours": _hours,
    "load": _load,
    "tools": _tools,
    "rules": _rules,
    "rule-hours": _rule_hours,
    "failures": _failures,
    "time-and-outcome": _time_and_outcome,
    "keys": _keys,
    "lead": _lead,
    "escapes-rule": _escapes("rule"),
    "escapes-tool": _escapes("tool"),
    "escapes-path": _escapes("path"),
    "escapes-group": _escapes_by_group,
}
