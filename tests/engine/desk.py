"""A house with somebody who reminds people, and who knows what they want."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.conditions import When
from bot.domain.notes import Listing, ListingKind
from bot.domain.people import Roster
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff
from bot.engine.personal import Personal
from bot.engine.reminding import Reminding
from storage import nudges
from tests.builders import NOW, ROSTER, FakeClock, a_policy, a_rule, hours, ids
from tests.engine.house import House

ADA, GRACE = "@U0ADA", "@U0GRACE"
QUIET = replace(
    ROSTER, groups={id: replace(group, digest="") for id, group in ROSTER.groups.items()}
)
"""No lists of the day, where they are not what is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A house with somebody who reminds."""

    house: House
    reminding: Reminding
    personal: Personal

    @property
    def clock(self) -> FakeClock:
        return self.house.clock

    async def open(self, number: int = 1, **facts: Any) -> Signoff:
        known = {"key": f"deploy/{number}", "environment": f"production-{number}", **facts}
        return await self.house.open(**known)

    async def later(self, length: timedelta = timedelta()) -> None:
        """Time passes, then the heart beats once and all is shown."""
        self.clock.go_on(length)
        await self.house.signoffs.pass_deadlines()
        await self.reminding.beat()
        for _ in range(2):  # a lane that was busy as it was looked for is free by then
            await self.house.settle()

    async def nudge(self, signoff: Signoff, *people: str, urgent: bool = False) -> None:
        at, whom = self.clock(), people or ("ada",)
        await self.house.store.write(
            lambda session: nudges.add(session, signoff.id, whom, at, urgent=urgent)
        )

    async def due(self, person: str = "ada") -> dict[str, datetime]:
        """All there is, whenever it is due."""
        found = await self.house.store.read(lambda s: nudges.of(s, person, NOW + hours(200)))
        return {nudge.signoff_id: nudge.due_at for nudge in found}

    def lists(self, place: str = ADA, kind: ListingKind = ListingKind.REMINDER) -> list[Listing]:
        found = self.house.chat.notes(place, Listing)
        return [listing for listing in found if listing.kind is kind]

    def ids(self, place: str = ADA, kind: ListingKind = ListingKind.REMINDER) -> list[list[str]]:
        return [[line.signoff_id for line in it.lines] for it in self.lists(place, kind)]


def a_desk(house: House, roster: Roster = QUIET) -> Desk:
    reminding = Reminding(
        store=house.store,
        roster=roster,
        circumstances=house.circumstances,
        clock=house.clock,
        bell=house.bell,
        new_id=ids("lst_"),
    )
    personal = Personal(house.store, house.bell, house.clock)
    return Desk(house=house, reminding=reminding, personal=personal)


def anywhere(**demand: Any) -> Policy:
    """One rule about every environment, so that many signoffs may wait at once."""
    return a_policy(a_rule(when=When(environment=("*",)), **demand))
