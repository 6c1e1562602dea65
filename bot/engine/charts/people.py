"""Who is away, and how does a group answer: all of it together, and never one of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.attention import Signals
from bot.domain.people import Group
from bot.engine.attention import Attention
from storage import leaves
from storage.leaves import Away as Away
from storage.store import Store

OWN_WEEKS = timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class People:
    """Reading only."""

    store: Store
    clock: Clock

    async def away(self) -> Mapping[str, Away]:
        """Who is away now, until when, and who stands in for them."""
        at = self.clock()
        return await self.store.read(lambda session: leaves.at(session, at))

    async def of_group(self, group: Group, asker: str) -> Signals | None:
        """For its members alone, and only where it is about none of them."""
        return await Attention(self.store, self.clock).of_group(group, asker)

    async def of_oneself(self, person: str) -> tuple[Signals, datetime]:
        """For this person alone; since when."""
        since = self.clock() - OWN_WEEKS
        return await Attention(self.store, self.clock).of_oneself(person, since), since
