"""Whom to ask for everything that a requirement wants? One choice for each of its asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.domain.asking.choosing import Choice, Familiar, Situation, choose
from bot.domain.change import Change
from bot.domain.people import Contributors, Roster
from bot.domain.signoff import Requirement


def choices(
    requirement: Requirement,
    change: Change,
    contributors: Contributors,
    roster: Roster,
    situation: Situation,
    *,
    already: frozenset[str] = frozenset(),
    wider: bool = False,
    more: bool = False,
    without: frozenset[str] = frozenset(),
) -> Iterator[Choice]:
    """Whoever is asked for one ask counts for the next as well, if they may sign it."""
    asked = set(already)
    for ask in requirement.asks:
        if ask.approvals:
            choice = choose(
                ask,
                roster,
                contributors,
                situation,
                f"{change.connection}\0{change.key}",
                already=frozenset(asked),
                wider=wider,
                more=more,
                without=without,
            )
            asked.update(it.person for it in choice.asked)
            yield choice


def rotas_of(requirement: Requirement, roster: Roster) -> tuple[str, ...]:
    """The rotas of the groups that are asked: who is on call for others is not for this."""
    groups = {group for ask in requirement.asks for group in (*ask.groups, *ask.wider)}
    named = (roster.groups[id].on_call for id in sorted(groups & roster.groups.keys()))
    return tuple(dict.fromkeys(name for name in named if name))


def familiar(change: Change, roster: Roster) -> Mapping[str, Familiar]:
    """Who knows its files, of those the roster knows."""
    found: dict[str, Familiar] = {}
    for touch in change.touches:
        if person := roster.identify(touch.who):
            known = found.get(person.id, Familiar())
            moments = [moment for moment in (known.last, touch.last) if moment]
            found[person.id] = Familiar(
                commits=known.commits + touch.commits, last=max(moments, default=None)
            )
    return found
