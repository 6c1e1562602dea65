"""Whom would a server ask, as far as one can tell without one?

Load is what the caller carries along; nobody is known to be away, paused or in the chat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.config import Config
from bot.domain.asking.budgets import NO_BUDGETS, Budgets, day_begins
from bot.domain.asking.choosing import Choice, Load, Situation
from bot.domain.asking.inviting import choices, familiar, rotas_of
from bot.domain.asking.rota import Rota, everybody_on_call
from bot.domain.judging import Judged
from bot.domain.people import Roster
from bot.domain.signoff import Ask, Requirement

NOTHING_KNOWN = (
    "who is away, who is in the chat and who was asked lately is known to a server alone: "
    "it may ask others of those who may sign"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """`rotas` are those that stand in the config itself."""

    roster: Roster
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    budgets: Budgets = NO_BUDGETS

    def choices(
        self,
        judged: Judged,
        at: datetime,
        load: Mapping[str, Load] | None = None,
        today: Mapping[str, int] | None = None,
    ) -> tuple[Choice, ...]:
        """One for each ask that wants an approval, in their order."""
        found = choices(
            judged.judgement.requirement,
            judged.facts.change,
            judged.facts.contributors,
            self.roster,
            self._situation(judged, at, load or {}, today or {}),
        )
        return tuple(found)

    def _situation(
        self, judged: Judged, at: datetime, load: Mapping[str, Load], today: Mapping[str, int]
    ) -> Situation:
        requirement = judged.judgement.requirement
        named = rotas_of(requirement, self.roster)
        known = [self.rotas[name] for name in named if name in self.rotas]
        return Situation(
            at=at,
            until=max((deadline.at for deadline in requirement.deadlines), default=None),
            load=load,
            on_call=everybody_on_call(known, at),
            familiar=familiar(judged.facts.change, self.roster),
            today=today,
            budgets=self.budgets,
        )

    def begins(self, at: datetime) -> Mapping[str, datetime]:
        """When the day began of each who may not be asked without end."""
        people = self.roster.people.values()
        limited = (it for it in people if self.budgets.of(it.id) is not None)
        return {it.id: day_begins(it, at) for it in limited}


def inviting_by(config: Config) -> Inviting:
    written = {name: rota for name, rota in config.rotas.items() if isinstance(rota, Rota)}
    return Inviting(roster=config.roster, rotas=written, budgets=config.budgets)


def unread_rotas(config: Config, requirement: Requirement) -> str:
    """A sentence about the rotas that would have to be fetched, if any of them would matter."""
    named = rotas_of(requirement, config.roster)
    unread = [name for name in named if not isinstance(config.rotas.get(name), Rota)]
    return f"who is on call is not fetched here: {', '.join(unread)}" if unread else ""


def uncounted(budgets: Budgets) -> str:
    """A sentence about how often anybody may be asked in a day, if that is limited."""
    if budgets == NO_BUDGETS:
        return ""
    return (
        "who has been asked as often today as policy.attention and people say is passed over, "
        "where others can be asked: how often that was is not known here"
    )


def wanted(requirement: Requirement) -> tuple[Ask, ...]:
    return tuple(ask for ask in requirement.asks if ask.approvals)


def signatures(asks: Iterable[Ask], roster: Roster) -> int:
    """How many people have to sign at least, those counted once who may sign for several asks."""
    joined: list[tuple[frozenset[str], int]] = []
    for ask in asks:
        people, most = _members(ask, roster), ask.approvals
        near = [it for it in joined if it[0] & people]
        joined = [it for it in joined if it not in near]
        joined.append((people.union(*(it[0] for it in near)), max([most, *(it[1] for it in near)])))
    return sum(most for _, most in joined)


def _members(ask: Ask, roster: Roster) -> frozenset[str]:
    groups = (roster.groups[id].members for id in ask.groups if id in roster.groups)
    return ask.people.union(*groups)
