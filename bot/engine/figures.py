"""How did it go lately? Figures over a span of time, of everything or of one group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.figures import Figures, figures_of
from storage import figures as stored
from storage.store import Session, Store

LOOKED_AT = 5_000
"""Signoffs that are looked at for one answer; of more, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """`opened` were opened since then, and the newest `looked_at` of them were counted."""

    since: datetime
    opened: int
    looked_at: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Figuring:
    store: Store
    looked_at: int = LOOKED_AT

    async def since(self, since: datetime, group: str = "") -> Counted:
        """Of what was opened from then on; empty group: of all."""
        return await self.store.read(lambda session: self._since(session, since, group))

    def _since(self, session: Session, since: datetime, group: str) -> Counted:
        cases = stored.opened_since(session, since, self.looked_at)
        return Counted(
            since=since,
            opened=stored.count_since(session, since),
            looked_at=len(cases),
            figures=figures_of(case for case in cases if not group or group in case.groups),
        )
