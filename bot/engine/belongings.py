"""Which of these signoffs are a connection's own? Of what is another's it hears no word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.signoff import Signoff
from storage import reading, shipments
from storage.store import Session, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    store: Store
    connection: str

    async def named(self, names: Sequence[str]) -> list[Signoff | None]:
        """By id or by key, each in its place; None for what is none of its own."""

        def look(session: Session) -> list[Signoff | None]:
            found = [
                reading.signoff(session, it) or reading.by_key(session, self.connection, it)
                for it in names
            ]
            return [it if it and self._owns(it) else None for it in found]

        return await self.store.read(look) if names else []

    async def keyed(self, key: str) -> Signoff | None:
        return await self.store.read(lambda session: reading.by_key(session, self.connection, key))

    async def these(self, ids: Collection[str]) -> dict[str, Signoff]:
        """Those of them that are its own, by id."""
        found = await self.store.read(lambda session: reading.signoffs(session, ids))
        return {id: it for id, it in found.items() if self._owns(it)}

    async def of_revisions(
        self, repository: str, environment: str, revisions: Sequence[str]
    ) -> Sequence[str]:
        """Which of its signoffs let these go on there: ids, the newest first."""
        return await self.store.read(
            lambda session: shipments.of_revisions(
                session, self.connection, repository, environment, revisions
            )
        )

    def _owns(self, signoff: Signoff) -> bool:
        return signoff.change.connection == self.connection
