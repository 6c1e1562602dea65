"""When is the audit trail signed, and who is told? Every hundred entries, or five minutes.

A checkpoint says what all entries until then hash to. Kept where nobody who owns the database can
write, it shows whatever was changed, removed, put in or rolled back afterwards.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot import checkpoint
from bot.checkpoint import Checkpoint
from bot.clock import Clock, elapsed
from bot.engine.aside import aside
from bot.ports import Anchor, Closed, Unreachable
from storage import checkpoints, tree
from storage.checkpoints import Kept
from storage.store import Session, Store

log = logging.getLogger(__name__)

ENTRIES, INTERVAL = 100, timedelta(minutes=5)
"""So much may be appended, and so long, before it is signed again."""

ANCHOR_EVERY = timedelta(minutes=1)
"""At most so often somebody else is told: a busy hour shall not make a thousand commits."""

ANCHOR_AT_MOST = 60.0
"""Seconds that an anchor may take."""

CONTRADICTED = (
    "the audit trail is not what its newest checkpoint says: run countersign audit verify"
)
WORRYING = timedelta(hours=1)
NOT_ANCHORED = "the audit trail has not been anchored for an hour"

TILES_AT_ONCE = 64
"""So that nobody waits for long who wants to write: a trail from before gets thousands."""


class Contradicted(Exception):
    """Entries that were signed before are others now, or gone: nothing more is signed."""


@dataclass(slots=True, kw_only=True)
class Checkpointing:
    """`origin` names the trail until its first checkpoint, whose origin it keeps for ever.

    `public` is the key (32 bytes) with which `sign` signs; `remote`: that takes its time. `apart`:
    so many seconds lie between two at least, so that the decisions of a busy moment share one.
    """

    store: Store
    origin: str
    public: bytes
    sign: Callable[[bytes], bytes]
    clock: Clock
    anchors: Sequence[Anchor] = ()
    remote: bool = False
    apart: float = 0.0
    _newest: Kept | None = None
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)
    _signing: asyncio.Task[None] | None = None
    _anchoring: asyncio.Task[None] | None = None
    _anchored: dict[str, int] = field(default_factory=dict)
    _failing_since: dict[str, datetime] = field(default_factory=dict)
    _anchor_after: datetime | None = None
    _contradicted: bool = False
    _edited: bool = False
    _holding: set[tuple[int, str]] = field(default_factory=set)
    _made_at: float = float("-inf")

    def newest(self) -> str:
        """The note that was signed last, as far as this process knows; empty: none yet."""
        return self._newest.note if self._newest else ""

    def trouble(self) -> list[str]:
        """What an operator has to know."""
        long_ago = self.clock() - WORRYING
        late = any(it <= long_ago for it in self._failing_since.values())
        found = {CONTRADICTED: self._contradicted or self._edited, NOT_ANCHORED: late}
        return [said for said, is_so in found.items() if is_so]

    def is_kept(self, anchor: Anchor, size: int) -> None:
        """It has so much already."""
        self._anchored[anchor.name] = size

    async def against(self, held: Checkpoint) -> str:
        """What speaks against one that was kept elsewhere, and is genuine; empty: nothing."""
        return await self._against(held.size, held.root.hex())

    async def look(self) -> None:
        """At the start: whether each entry is what the newest checkpoint of the database covers.

        Later only tiles are looked at, which takes no time. If not, nothing is signed until another
        start finds it mended.
        """
        newest = await self.store.read(checkpoints.newest)
        if newest and await self._against(newest.size, newest.root):
            self._edited = True
            log.error("nothing is signed: %s", CONTRADICTED)

    async def _against(self, size: int, root: str) -> str:
        """Every entry is read: once for several anchors that hold the same."""
        if (size, root) in self._holding:
            return ""
        why = await self.store.read(lambda session: checkpoints.against(session, size, root))
        if not why:
            self._holding.add((size, root))
        return why

    async def beat(self) -> None:
        """A duty of the heartbeat. Raises what the database says."""
        last, newest = await self.store.read(_position)
        self._know(newest)
        rested = elapsed() - self._made_at >= self.apart
        if rested and _is_due(last, newest, self.clock()):
            await self._sign_in_time(last)
        self._anchor_newest()

    async def _sign_in_time(self, last: int) -> None:
        """Beside the heartbeat where it takes its time: deadlines shall not wait for it."""
        if not self.remote:
            await self._sign(last)
        elif self._signing is None or self._signing.done():
            self._signing = asyncio.create_task(self._sign_beside(last), name="signing")

    async def _sign_beside(self, last: int) -> None:
        """Whoever signs says itself why it did not; another beat tries again."""
        try:
            await self._sign(last)
        except (Closed, Unreachable):
            return
        except Exception:  # the database, say
            log.exception("a checkpoint could not be made")

    async def _sign(self, last: int) -> None:
        """What contradicts is told once, and by `trouble` until it is mended."""
        known = self._contradicted or self._edited
        try:
            await self.covering(last)
        except Contradicted as problem:
            if not known:
                log.error("nothing is signed: %s", problem)

    async def covering(self, seq: int) -> Kept:
        """A checkpoint over this entry, made now if there is none.

        Raises tree.Missing, Contradicted and Unreachable.
        """
        async with self._making:
            found = await self.store.read(lambda session: checkpoints.covering(session, seq))
            if found is None:
                await asyncio.sleep(self._made_at + self.apart - elapsed())
                found = await self._make(seq)
                self._made_at = elapsed()
            self._know(found)
            return found

    async def finish(self) -> None:
        """What is under way is given up: it is told at the next start."""
        under_way = [it for it in (self._signing, self._anchoring) if it is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _make(self, seq: int) -> Kept:
        last, newest = await self.store.read(_position)
        self._know(newest)
        size = max(last, seq)
        await self._check_still()
        while tiles := await self.store.read(
            lambda session: tree.lacking(session, size, TILES_AT_ONCE)
        ):
            await self.store.write(partial(tree.keep, tiles=tiles))
        root = await self.store.read(lambda session: tree.root(session, size))
        origin = checkpoint.read(newest.note).origin if newest else self.origin
        note = await self._signed(checkpoint.text(origin, size, root), origin)
        kept = Kept(size, root.hex(), note, self.clock())
        return await self.store.write(lambda session: checkpoints.keep(session, kept))

    async def _check_still(self) -> None:
        """What we vouched for must be there: whoever changed it shall not get it signed anew."""
        if self._edited:
            raise Contradicted(CONTRADICTED)
        if (known := self._newest) is None:
            return
        try:
            root = await self.store.read(lambda session: tree.root(session, known.size))
        except tree.Missing:
            root = b""
        self._contradicted = root.hex() != known.root
        if self._contradicted:
            raise Contradicted(CONTRADICTED)

    async def _signed(self, said: str, origin: str) -> str:
        make = partial(checkpoint.signed, said, origin, self.public, self.sign)
        return await aside(make) if self.remote else make()

    def _know(self, kept: Kept | None) -> None:
        if kept and (self._newest is None or kept.size > self._newest.size):
            self._newest = kept

    def _anchor_newest(self) -> None:
        """Beside the heartbeat: a disk of the network may hang."""
        newest, now = self._newest, self.clock()
        if newest is None or not self.anchors:
            return
        under_way = self._anchoring is not None and not self._anchoring.done()
        too_soon = self._anchor_after is not None and now < self._anchor_after
        told = all(self._anchored.get(it.name, 0) >= newest.size for it in self.anchors)
        if not (under_way or too_soon or told):
            self._anchor_after = now + ANCHOR_EVERY
            self._anchoring = asyncio.create_task(self._anchor(newest), name="anchoring")

    async def _anchor(self, newest: Kept) -> None:
        for anchor in self.anchors:
            if self._anchored.get(anchor.name, 0) >= newest.size:
                continue
            try:
                async with asyncio.timeout(ANCHOR_AT_MOST):
                    await anchor.keep(newest.note, newest.size)
            except Closed:
                return
            except Exception as problem:  # noqa: BLE001 -- whatever it is: it is tried again
                log.error("the checkpoint cannot be kept in %s: %s", anchor.name, problem)
                self._failing_since.setdefault(anchor.name, self.clock())
            else:
                self._anchored[anchor.name] = newest.size
                self._failing_since.pop(anchor.name, None)


def _position(session: Session) -> tuple[int, Kept | None]:
    return checkpoints.last_entry(session), checkpoints.newest(session)


def _is_due(last: int, newest: Kept | None, now: datetime) -> bool:
    if newest is None:
        return last > 0
    since = last - newest.size
    return since >= ENTRIES or (since > 0 and now - newest.at >= INTERVAL)
