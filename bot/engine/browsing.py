"""What does somebody see who looks through what is stored? A page at a time, of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.signoff import Signoff
from storage import browsing, checkpoints
from storage.audit import Broken as Broken
from storage.browsing import After as After
from storage.browsing import Brief as Brief
from storage.browsing import Page as Page
from storage.browsing import Told as Told
from storage.checkpoints import Kept as Kept
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Browsing:
    store: Store

    async def asked_of(self, person: str, limit: int) -> Sequence[Signoff]:
        """What waits for this person's answer, the next that is due first."""
        return await self.store.read(lambda session: browsing.asked_of(session, person, limit))

    async def pending_after(
        self, after: After | None, limit: int, wanted: Callable[[Signoff], bool]
    ) -> Page:
        """What waits and is `wanted`, the oldest first. A short page may have a next one."""
        return await self.store.read(
            lambda session: browsing.pending_after(session, after, limit, wanted)
        )

    async def search(
        self, wanted: Callable[[Brief], bool], before: After | None, limit: int
    ) -> Page:
        """Whatever is `wanted`, decided or not, the newest first. A short page may have a next one."""
        return await self.store.read(
            lambda session: browsing.search(session, wanted, before, limit)
        )

    async def count_opened(self, since: datetime, until: datetime, at_most: int) -> int:
        """How many sign-offs were opened from `since` on and before `until`; no further than that."""
        return await self.store.read(
            lambda session: browsing.count_opened(session, since, until, at_most)
        )

    async def entries_before(
        self, before: int | None, limit: int, signoff_id: str = ""
    ) -> Sequence[Told]:
        """Entries of the audit trail, the newest first; of one sign-off, where one is named."""
        return await self.store.read(
            lambda session: browsing.entries_before(session, before, limit, signoff_id)
        )

    async def heard_of(self, sources: Iterable[str]) -> Mapping[str, datetime]:
        """When each of these connections was heard of last, as far as that is kept."""
        return await self.store.read(lambda session: browsing.heard_of(session, sources))

    async def checkpoint(self) -> tuple[Kept | None, int]:
        """The newest signed one, and the number of the last entry."""
        return await self.store.read(
            lambda session: (checkpoints.newest(session), checkpoints.last_entry(session))
        )

    async def check_newest(self, count: int) -> Broken | None:
        """What does not hold among so many of the newest entries of the trail."""
        return await self.store.read(lambda session: browsing.check_newest(session, count))
