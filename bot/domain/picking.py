"""Which of those who may review are asked? Fairly, and the same ones whenever we look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial

from bot.domain.people import Contributors, Roster
from bot.domain.signoff import Ask

SPARE = 1
"""How many more are asked than have to answer: people are away."""

WIDER_AT_MOST = 5


def pick(ask: Ask, roster: Roster, contributors: Contributors, seed: str) -> tuple[str, ...]:
    """Those to ask for one `Ask`: enough, and `SPARE` more; `seed` spreads the load."""
    eligible = candidates(ask, roster, contributors)
    return tuple(sorted(eligible, key=partial(_turn, seed)))[: ask.approvals + SPARE]


def candidates(ask: Ask, roster: Roster, contributors: Contributors) -> tuple[str, ...]:
    """Everybody whose approval would count for `ask`, in the order of the config."""
    return tuple(
        person
        for person in _members(ask.groups, roster)
        if person not in contributors.people
        and roster.reaches(roster.people[person].level, ask.level)
    )


def _members(groups: Iterable[str], roster: Roster) -> tuple[str, ...]:
    known = (roster.groups[group].members for group in sorted(groups) if group in roster.groups)
    return tuple(dict.fromkeys(p for members in known for p in members if p in roster.people))


def _turn(seed: str, person: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{person}".encode()).digest()
