"""Does everything in the chat show what it should? What does not is made true: the most urgent
first, and no faster than the chat takes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import logs
from bot.clock import Clock
from bot.engine.bell import Bell
from bot.engine.hanging import Hanging
from bot.engine.pacing import Pacing
from bot.engine.patience import Patience
from bot.engine.pieces import Pieces
from bot.engine.setbacks import Setbacks
from bot.engine.showing import URGENT
from bot.ports import Chat, Closed
from storage import reconciling, surfaces
from storage.store import Store
from storage.surfaces import CHANGING, DRAWING, Hung

log = logging.getLogger(__name__)

AT_ONCE = {CHANGING: 8, DRAWING: 4}
"""Calls under way in a lane; of what is posted at one place, one after the other."""

SWEEP_EVERY, KEPT_UP_FOR = timedelta(hours=1), timedelta(days=60)
"""How often what was given up is tried again, and for how long."""

FORGOTTEN_AFTER = timedelta(days=60)
"""What hangs of a decided signoff, and changed no more since then, is left as it is."""


@dataclass(slots=True, kw_only=True)
class Reconciler:
    """`fallback` is the channel for what cannot hang in its own."""

    store: Store
    pieces: Pieces
    chat: Chat
    clock: Clock
    bell: Bell
    patience: Patience
    fallback: str = ""
    _pacing: Pacing = field(init=False)
    _hanging: Hanging = field(init=False)
    _under_way: dict[asyncio.Task[None], Hung] = field(default_factory=dict)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _alarm: asyncio.TimerHandle | None = None
    _swept: datetime | None = None
    _ends: int = 0

    def __post_init__(self) -> None:
        self._pacing = Pacing(self.chat.pace)
        setbacks = Setbacks(
            store=self.store,
            pieces=self.pieces,
            clock=self.clock,
            bell=self.bell,
            patience=self.patience,
            fallback=self.fallback,
        )
        self._hanging = Hanging(
            store=self.store, pieces=self.pieces, chat=self.chat, setbacks=setbacks
        )

    async def prepare(self) -> None:
        """At the start nobody knows what of that was shown which was wanting when we ended."""
        self.bell.listen(self.wake)
        await self.store.write(reconciling.start_over)

    async def run(self) -> None:
        """Make true what is not, whenever the bell rings; until cancelled."""
        while True:
            await self._start_all()
            await self._awake.wait()
            self._awake.clear()

    def wake(self) -> None:
        self._awake.set()

    async def beat(self) -> None:
        """As a duty of the heartbeat: what was put off may be due by now."""
        now = self.clock()
        if self._swept is None or now - self._swept > SWEEP_EVERY:
            self._swept = now
            older, newer = now - SWEEP_EVERY, now - KEPT_UP_FOR
            await self.store.write(lambda s: reconciling.try_again(s, older, newer))
            await self.store.write(lambda s: surfaces.forget_before(s, now - FORGOTTEN_AFTER))
        self.wake()

    async def settle(self) -> None:
        """Make true all that may be made true now, and whatever follows from it."""
        ended = -1
        while ended != self._ends or self._under_way:  # what ended made room in its lane
            ended = self._ends
            await self._start_due()
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def finish(self) -> None:
        """Wait for what is under way; begin nothing new."""
        if self._alarm:
            self._alarm.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _start_all(self) -> None:
        try:
            while await self._start_due():
                pass
        except Exception:  # a full disk, say: the next beat looks again
            log.exception("could not look for what is not true")

    async def _start_due(self) -> int:
        now = self.clock()
        lanes = Counter(row.lane for row in self._under_way.values())
        full = {lane for lane, count in lanes.items() if count >= AT_ONCE.get(lane, 1)}
        busy = {*full, *self._pacing.closed(now)}
        ranks = max(AT_ONCE.values()) + len(self._under_way)
        rows = await self.store.read(lambda s: reconciling.wanting(s, now, busy, ranks))
        started = 0
        for row in self._that_may_go(rows, lanes, now):
            task = asyncio.create_task(self._deliver(row), name=f"show {row.subject} {row.name}")
            self._under_way[task] = row
            task.add_done_callback(self._ended)
            started += 1
        self._set_alarm(now)
        return started

    def _that_may_go(self, rows: Sequence[Hung], lanes: Counter[str], now: datetime) -> list[Hung]:
        """Of each lane as many as it takes; nothing that is under way is begun twice."""
        begun = {(row.subject, row.name) for row in self._under_way.values()}
        chosen = []
        for row in rows:
            room = lanes[row.lane] < AT_ONCE.get(row.lane, 1)
            if (row.subject, row.name) in begun or not room:
                continue
            if self._pacing.take(row.lane, now, urgent=row.urgency >= URGENT):
                lanes[row.lane] += 1
                chosen.append(row)
        return chosen

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._ends += 1
        self._awake.set()

    def _set_alarm(self, now: datetime) -> None:
        """The pace is a matter of fractions of seconds: the heartbeat would be too slow for it."""
        opens = self._pacing.opens(now)
        if self._alarm:
            self._alarm.cancel()
        if opens is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later((opens - now).total_seconds(), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._awake.set()

    async def _deliver(self, row: Hung) -> None:
        try:
            with logs.bind(row.subject):
                await self._hanging.make_true(row)
        except Closed:
            log.info("left for the next start: %s of %s", row.name, row.subject)
        except Exception:  # a full disk, say: it is wanting still
            log.exception("cannot say how %s of %s was shown", row.name, row.subject)
            self._pacing.rest(row.lane, self.clock())
