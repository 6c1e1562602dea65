"""Who is on call at a moment? Shifts that somebody wrote down, or turns that come round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

TURNS_AT_MOST = 1_000

SHORTEST = timedelta(hours=4)
"""No turn is shorter: longer than any change of the clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A person on call from `start`, until just before `end`; None: since ever, or for good."""

    person: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Members take turns, each for `every`, the first from `starting`.

    A turn of whole days changes hands at the same time by the clocks of `starting`'s zone.
    """

    members: tuple[str, ...]
    starting: datetime
    every: timedelta = timedelta(days=7)

    def turn(self, at: datetime) -> str | None:
        """Whose turn it is; None before the first, and if turns are too short."""
        number = self._number(at)
        return None if number is None else self.members[number % len(self.members)]

    def turns(self, since: datetime, until: datetime) -> Iterator[Shift]:
        """The turns in a span, of the first `TURNS_AT_MOST`."""
        at = max(since, self.starting)
        for _ in range(TURNS_AT_MOST):
            if at >= until or (number := self._number(at)) is None:
                return
            ends = self._begins(number + 1)
            member = self.members[number % len(self.members)]
            yield Shift(person=member, start=self._begins(number), end=ends)
            at = ends

    def _number(self, at: datetime) -> int | None:
        if not self.members or self.every < SHORTEST or at < self.starting:
            return None
        guess = (at - self.starting.astimezone(UTC)) // self.every
        # The clocks may have changed since: the turn before or the one after may be the one.
        late = self._begins(guess) > at
        early = not late and self._begins(guess + 1) <= at
        return guess - late + early

    def _begins(self, turn: int) -> datetime:
        return (self.starting + turn * self.every).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Who is on call for something; while a shift lasts, it takes the place of the rotation."""

    name: str
    shifts: tuple[Shift, ...] = ()
    rotation: Rotation | None = None

    def on_call(self, at: datetime) -> frozenset[str]:
        """The persons on call at this moment; nobody, if the rota names nobody."""
        if named := on_call(self.shifts, at):
            return named
        turn = self.rotation.turn(at) if self.rotation else None
        return frozenset({turn} if turn is not None else ())

    def between(self, since: datetime, until: datetime) -> tuple[Shift, ...]:
        """The same as shifts, for the moments from `since` until just before `until`."""
        turns = list(self.rotation.turns(since, until)) if self.rotation else []
        for shift in self.shifts:
            turns = [rest for turn in turns for rest in _without(turn, shift)]
        return (*self.shifts, *turns)


def _without(turn: Shift, shift: Shift) -> Iterator[Shift]:
    """What is left of a turn while somebody's shift takes its place."""
    before = replace(turn, end=_first(turn.end, shift.start)) if shift.start else None
    after = replace(turn, start=_last(turn.start, shift.end)) if shift.end else None
    for rest in (before, after):
        if rest and (rest.start is None or rest.end is None or rest.start < rest.end):
            yield rest


def _first(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _last(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def on_call(shifts: Iterable[Shift], at: datetime) -> frozenset[str]:
    """Everybody in whose shift this moment falls."""
    return frozenset(
        shift.person
        for shift in shifts
        if (shift.start is None or shift.start <= at) and (shift.end is None or at < shift.end)
    )


def everybody_on_call(rotas: Iterable[Rota], at: datetime) -> Mapping[str, str]:
    """Each person on call at this moment, and for what: "payments", or "payments and search"."""
    named: dict[str, set[str]] = {}
    for rota in rotas:
        for person in rota.on_call(at):
            named.setdefault(person, set()).add(rota.name)
    return {person: " and ".join(sorted(names)) for person, names in named.items()}
