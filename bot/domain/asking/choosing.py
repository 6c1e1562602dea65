"""Whom do we ask, and why not the others?

Whoever may not sign is never asked, whatever else speaks for them. Whoever is away, or was asked as
often today as is enough for a day, is asked only where too few others are left. The rest stand in a row (bot.domain.asking.turns), and its first are asked:
as many as have to answer, and one more; as it widens some more, and once it escalates some from
the wider circle as well. Whoever is on call is asked then, whatever the hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from bot.domain.asking.absence import away
from bot.domain.asking.budgets import had, had_already
from bot.domain.asking.comparing import behind
from bot.domain.asking.moments import one_clock
from bot.domain.asking.situation import Familiar, Leave, Load, Seen, Situation
from bot.domain.asking.turns import Turn, turn
from bot.domain.people import Contributors, Person, Roster
from bot.domain.signoff import Ask, Asked

__all__ = ["Choice", "Familiar", "Leave", "Load", "PassedOver", "Seen", "Situation", "choose"]

SPARE = 1
"""How many more are asked than have to answer: people are busy."""

WIDER_AT_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Somebody who is not asked, and the reason."""

    person: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Everybody in the roster is in one of the two, those who come next before the others."""

    asked: tuple[Asked, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()


def choose(
    ask: Ask,
    roster: Roster,
    contributors: Contributors,
    situation: Situation,
    seed: str,
    *,
    already: frozenset[str] = frozenset(),
    wider: bool = False,
    more: bool = False,
    without: frozenset[str] = frozenset(),
) -> Choice:
    """Whom to ask for one `Ask`; `already` were asked before, `wider`: it has escalated, but not yet
    to the groups in `without`. `more`: those who were asked do not answer.

    Of those asked before, only who may still sign and is not away counts as asked.
    """
    joining = ask.wider - without if wider else frozenset[str]()
    circle = _Circle(ask=ask, roster=roster, contributors=contributors, groups=ask.groups | joining)
    bars = circle.bars(situation)
    eligible = [roster.people[id] for id, bar in bars.items() if not bar]
    gone = away(eligible, roster, situation)
    zoned = not one_clock(roster.people.values(), situation.at)
    turns = [turn(p, situation, seed, gone.stood_in_for(p.id), zoned=zoned) for p in eligible]
    row = sorted((it for it in turns if it.person not in gone.leave), key=attrgetter("place"))
    others = [it for it in row if it.person not in already]
    there = len(row) - len(others)
    had_enough = [it for it in others if _has_had_enough(it, situation)]
    waiting = [it for it in others if it not in had_enough]
    first = _first(waiting, ask, there, wider or more)
    on_call = (it for it in others if it.person in situation.on_call and it not in first)
    asked = [*first, *(on_call if wider and ask.approvals > 0 else ())]
    # Neither a budget nor leave must make a change unanswerable; where enough others are there, they
    # are respected. Of those who do not answer nobody knows that they are there.
    sure = len(asked) if wider or more else there + len(asked)
    left = [it for it in had_enough if it not in asked]
    again = _in_need(left, ask, sure)
    absent = sorted((it for it in turns if it.person in gone.leave.keys() - already), key=gone.back)
    called = _in_need(absent, ask, there + len(asked) + len(again))
    passed_over = {
        **{it.person: behind(first, it) for it in waiting if it not in asked},
        **{it.person: had(situation.today[it.person]) for it in left if it not in again},
        **{it.person: gone.words(it.person) for it in absent if it not in called},
        **{p.id: "was asked before" for p in eligible if p.id in already},
        **{id: bar for id, bar in bars.items() if bar},
    }
    return Choice(
        asked=(
            *(Asked(person=it.person, why=it.why) for it in asked),
            *(Asked(person=it.person, why=(_again(it, situation), *it.why)) for it in again),
            *(Asked(person=it.person, why=(*gone.call(it.person), *it.speaks)) for it in called),
        ),
        passed_over=tuple(PassedOver(person=id, why=why) for id, why in passed_over.items()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circle:
    """Those whose approval would count."""

    ask: Ask
    roster: Roster
    contributors: Contributors
    groups: frozenset[str]

    def bars(self, situation: Situation) -> dict[str, str]:
        """Why each person may never be asked; empty if they may."""
        return {id: self._bar(it, situation) for id, it in sorted(self.roster.people.items())}

    def _bar(self, person: Person, situation: Situation) -> str:
        if person.id in self.contributors.people:
            return "had a part in this change"
        if not self._holds(person):
            return f"not in {' or '.join(sorted(self.groups)) or 'any group that may sign'}"
        if not self.roster.reaches(person.level, self.ask.level):
            return f"below {self.ask.level}"
        if not person.slack:
            return "has no Slack id"
        if situation.seen.get(person.id, Seen()).member is False:
            return "is no active full member of the workspace"
        return ""

    def _holds(self, person: Person) -> bool:
        groups = (self.roster.groups[id] for id in self.groups if id in self.roster.groups)
        return person.id in self.ask.people or any(person.id in it.members for it in groups)


def _first(waiting: list[Turn], ask: Ask, there: int, more: bool) -> list[Turn]:
    """The first of the row; if `more`, some beside them, but only whom it does not wake."""
    if not more or ask.approvals <= 0:
        return waiting[: _wanted(ask, there)]
    sure = _wanted(ask, 0)
    return waiting[:sure] + [it for it in waiting[sure:WIDER_AT_MOST] if not it.reach.waits]


def _in_need(row: list[Turn], ask: Ask, there: int) -> list[Turn]:
    """Those who are asked only where too few are there."""
    return row[: _wanted(ask, there)] if there < ask.approvals else []


def _has_had_enough(it: Turn, situation: Situation) -> bool:
    return situation.budgets.used_up(it.person, situation.today.get(it.person, 0))


def _again(it: Turn, situation: Situation) -> str:
    return had_already(situation.today[it.person])


def _wanted(ask: Ask, there: int) -> int:
    """How many more to ask, where so many were asked and may still answer."""
    return max(ask.approvals + SPARE - there, 0) if ask.approvals > 0 else 0
