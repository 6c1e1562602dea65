"""When does one ask cover another, and which of several remain?"""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.people import Roster
from bot.domain.signoff import Ask, Requirement


def strictest(asks: Iterable[Ask], roster: Roster) -> tuple[Ask, ...]:
    """Without those that another covers: as many, as high, from within, escalated or not.

    Beside one that asks for somebody, those that ask for nobody say nothing.
    """
    kept: list[Ask] = []
    every = tuple(dict.fromkeys(asks))
    for ask in tuple(ask for ask in every if ask.approvals) or every:
        if not any(_covers(other, ask, roster.levels) for other in kept):
            kept = [other for other in kept if not _covers(ask, other, roster.levels)] + [ask]
    return tuple(kept)


def asks_no_more(wanted: Requirement, met: Requirement) -> bool:
    """Whether whoever fulfilled `met` gave all that `wanted` asks: as many, as high, from within."""
    return (
        wanted.levels == met.levels
        and all(
            any(_covers(given, ask, wanted.levels) for given in met.asks) for ask in wanted.asks
        )
        and set(wanted.checklist) <= set(met.checklist)
        and (met.approve_reason or not wanted.approve_reason)
        and (met.step_up or not wanted.step_up)
    )


def _covers(stricter: Ask, ask: Ask, levels: tuple[str, ...]) -> bool:
    if not {stricter.level, ask.level} <= set(levels):
        return False  # a level nobody can reach keeps its ask, which then nobody can meet
    return (
        stricter.approvals >= ask.approvals
        and levels.index(stricter.level) >= levels.index(ask.level)
        and (_within(stricter, ask) or not ask.approvals)
    )


def _within(stricter: Ask, ask: Ask) -> bool:
    """Whether its circle lies within the other's, before it escalates and after."""
    return (
        stricter.groups <= ask.groups
        and stricter.people <= ask.people
        and stricter.wider <= ask.groups | ask.wider
    )
