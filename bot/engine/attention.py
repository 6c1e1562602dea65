"""How do people look before they decide? Told to each of themselves, and to a group of all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.domain.attention import Signals, signals_of, signals_of_many, weeks_before
from bot.domain.people import Group
from storage import attention as stored
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Attention:
    """Reading only. Nothing it answers names anybody."""

    store: Store
    clock: Clock

    async def of_oneself(self, person_id: str, since: datetime) -> Signals:
        """For this person's eyes alone; nobody else may ask."""
        found = await self.store.read(
            lambda session: stored.decided_by(session, {person_id}, since)
        )
        return signals_of(found)

    async def of_group(self, group: Group, asker: str) -> Signals | None:
        """All of a group together, in the four weeks before this one; None for who is not in it, and
        where too few decided too little. How much one person did in an hour is not in it.
        """
        if asker not in group.members:
            return None
        since, until = weeks_before(self.clock())
        found = await self.store.read(
            lambda session: stored.decided_by(session, frozenset(group.members), since, until)
        )
        together = signals_of_many(found)
        return replace(together, busiest_hour=None) if together else None
