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
from bot.engine.patience import Patience, is_due
from bot.engine.pieces import Pieces
from bot.engine.setbacks import Setbacks
from bot.engine.showing import URGENT
from bot.engine.tenure import Tenure
from bot.ports import Chat, Closed
from bot.tracing import UNTOLD, Traces
from storage import reconciling, surfaces
from storage.leases import Lost
from storage.store import Store
from storage.surfaces import CHANGING, DRAWING, Hung

log = logging.getLogger(__name__)

AT_ONCE = {CHANGING: 8, DRAWING: 4}
"""Calls under way in a lane; of what is posted at one place, one after the other."""

PER_LANE = 2 * max(AT_ONCE.values())
"""Looked at: what is under way is wanting still, and as many more may go at most."""

SWEEP_EVERY, KEPT_UP_FOR = timedelta(hours=1), timedelta(days=60)
"""How often what was given up is tried again, and for how long."""

AT_THE_END = 2.0
"""Seconds for what is under way. What is not heard of is looked for after the next start."""

FORGOTTEN_AFTER = timedelta(days=60)
"""What hangs of a decided signoff, and changed no more since then, is left as it is."""


@dataclass(slots=True, kw_only=True)
class Reconciler:
    """`fallback` is the channel for what cannot hang in its own. Of several processes one does it:
    the chat takes no more from several than from one.
    """

    store: Store
    tenure: Tenure
    pieces: Pieces
    chat: Chat
    clock: Clock
    bell: Bell
    patience: Patience
    fallback: str = ""
    traces: Traces = UNTOLD
    _pacing: Pacing = field(init=False)
    _hanging: Hanging = field(init=False)
    _under_way: dict[asyncio.Task[None], Hung] = field(default_factory=dict)
    _crowded: set[str] = field(default_factory=set)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _alarm: asyncio.TimerHandle | None = None
    _swept: datetime | None = None
    _ends: int = 0

    def __post_init__(self) -> None:
        self._pacing = Pacing(self.chat.pace)
        setbacks = Setbacks(
            store=self.store,
            tenure=self.tenure,
            pieces=self.pieces,
            clock=self.clock,
            bell=self.bell,
            patience=self.patience,
            fallback=self.fallback,
        )
        self._hanging = Hanging(
            store=self.store,
            tenure=self.tenure,
            pieces=self.pieces,
            chat=self.chat,
            setbacks=setbacks,
        )

    async def run(self) -> None:
        """Make true what is not, whenever the bell rings; until cancelled."""
        self.bell.listen(self.wake)
        while True:
            await self._start_all()
            await self._awake.wait()
            self._awake.clear()

    def wake(self) -> None:
        self._awake.set()

    async def beat(self) -> None:
        """As a duty of the heartbeat: what was put off may be due by now."""
        now = self.clock()
        if is_due(self._swept, now, SWEEP_EVERY) and await self._is_ours():
            self._swept = now
            older, newer = now - SWEEP_EVERY, now - KEPT_UP_FOR
            await self.tenure.write(lambda s: reconciling.try_again(s, older, newer))
            await self.tenure.write(lambda s: surfaces.forget_before(s, now - FORGOTTEN_AFTER))
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
            _, slow = await asyncio.wait(self._under_way, timeout=AT_THE_END)
            for task in slow:
                task.cancel()
        await self.tenure.give_up()

    async def _is_ours(self) -> bool:
        """Whoever takes over does not know what of that was shown which is wanting."""
        return await self.tenure.hold(then=reconciling.start_over)

    async def _start_all(self) -> None:
        try:
            await self._start_due()
        except Exception:  # a full disk, say: the next beat looks again
            log.exception("could not look for what is not true")

    async def _start_due(self) -> None:
        if not await self._is_ours():
            return
        now = self.clock()
        # Until we have looked, whatever ends may have made room for something.
        begun = list(self._under_way.values())
        self._crowded = {row.lane for row in begun}
        closed = self._pacing.closed(now)
        rows = await self.store.read(lambda s: reconciling.wanting(s, now, closed, PER_LANE))
        self._crowded = set()
        for row in self._that_may_go(rows, begun, now):
            task = asyncio.create_task(self._deliver(row), name=f"show {row.subject} {row.name}")
            self._under_way[task] = row
            task.add_done_callback(self._ended)
        self._set_alarm(now)

    def _that_may_go(
        self, rows: Sequence[Hung], before: Sequence[Hung], now: datetime
    ) -> list[Hung]:
        """Of each lane as many as it takes. Nothing that is under way is begun twice, nor what was
        under way `before` we looked: it may have been put off since.
        """
        lanes = Counter(row.lane for row in self._under_way.values())
        under_way = (*before, *self._under_way.values())
        begun = {(row.subject, row.name): row.wanted for row in under_way}
        chosen = []
        for row in rows:
            known = begun.get((row.subject, row.name))
            if known == row.wanted:
                continue
            if known is not None or lanes[row.lane] >= AT_ONCE.get(row.lane, 1):
                self._crowded.add(row.lane)
            elif self._pacing.take(row.lane, now, urgent=row.urgency >= URGENT):
                lanes[row.lane] += 1
                chosen.append(row)
        return chosen

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Look again if something waited for just this; else once, for all that ends together."""
        row = self._under_way.pop(task)
        self._ends += 1
        if row.lane in self._crowded or not self._under_way:
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
                began = self.clock()
                if await self._hanging.make_true(row):
                    self.traces.tell(row.subject, "show", began, self.clock(), {"sort": row.sort})
                else:
                    self._pacing.give_back(row.lane)
        except (Closed, Lost):
            log.info("left to others: %s of %s", row.name, row.subject)
        except Exception:  # a full disk, say: it is wanting still
            log.exception("cannot say how %s of %s was shown", row.name, row.subject)
            self._pacing.rest(row.lane, self.clock())
