"""How are people placed just now? What the chat and the rotas said lately, and never waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.asking.choosing import Seen
from bot.domain.asking.rota import Rota, everybody_on_call
from bot.domain.people import Roster
from bot.engine.patience import is_due
from bot.ports import Chat, Closed, Undelivered, Unreachable

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=5)
GOOD_FOR = timedelta(minutes=20)
"""How long what the chat said is believed once it says nothing more."""

ReadRota = Callable[[datetime], Awaitable[Rota]]
"""A rota around a moment. Raises Unreachable, Undelivered, ValueError or OSError."""


@dataclass(slots=True, kw_only=True)
class Circumstances:
    """Kept in memory. It says whom to ask first, and whose approval of the identical change may be
    kept: of whom nothing fresh is known, nothing is.
    """

    roster: Roster
    clock: Clock
    chat: Chat | None = None
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    fetched: Mapping[str, ReadRota] = field(default_factory=dict)
    _seen: dict[str, Seen] = field(default_factory=dict)
    _seen_at: datetime | None = None
    _read: dict[str, Rota] = field(default_factory=dict)
    _looked: datetime | None = None
    _looking: asyncio.Task[None] | None = None

    @property
    def seen(self) -> Mapping[str, Seen]:
        """By person; empty once it is too old to be believed."""
        fresh = not is_due(self._seen_at, self.clock(), GOOD_FOR)
        return self._seen if fresh else {}

    def is_member(self, person: str) -> bool:
        """Whether the chat said lately that this is a full member: not knowing means no."""
        seen = self.seen.get(person)
        return seen is not None and seen.member is True

    def on_call(self, at: datetime, names: Iterable[str]) -> Mapping[str, str]:
        """Who is on call by one of these rotas, and by which."""
        known = {**self.rotas, **self._read}
        return everybody_on_call((known[name] for name in names if name in known), at)

    async def beat(self) -> None:
        """As a duty of the heartbeat: look again now and then, without holding up the others."""
        due = is_due(self._looked, self.clock(), LOOK_EVERY)
        if due and (self._looking is None or self._looking.done()):
            self._looked = self.clock()
            self._looking = asyncio.create_task(self.look(), name="circumstances")

    async def finish(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def look(self) -> None:
        """Ask the chat and the rotas; what does not answer is as unknown as before."""
        await asyncio.gather(self._look_at_people(), *map(self._look_at_rota, self.fetched))

    async def _look_at_people(self) -> None:
        by_slack = {p.slack: p.id for p in self.roster.people.values() if p.slack}
        if self.chat is None or not by_slack:
            return
        try:
            found = await self.chat.look(tuple(by_slack))
        except Closed:
            return
        except (Unreachable, Undelivered) as problem:
            log.warning("the chat does not say who is there: %s", problem)
            return
        self._seen = {by_slack[user]: seen for user, seen in found.items() if user in by_slack}
        self._seen_at = self.clock()

    async def _look_at_rota(self, name: str) -> None:
        try:
            self._read[name] = await self.fetched[name](self.clock())
        except Closed:
            return
        except (Unreachable, Undelivered, ValueError, OSError) as problem:
            # An old rota is better than none.
            log.warning("the rota %s cannot be read: %s", name, problem)
