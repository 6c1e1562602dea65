"""Who in the chat keeps what the audit trail said? Once a day its newest checkpoint is posted there.

Whoever owns the database cannot take it back there. Each is a row as every message is: it is posted
once, whatever crashes, and waits while the chat is down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from bot import checkpoint
from bot.checkpoint import BadNote
from bot.clock import Clock
from bot.domain.notes import Witness
from bot.engine.bell import Bell
from bot.ports import Surface
from storage import checkpoints, moment, surfaces
from storage.store import Session, Store
from storage.surfaces import CHECKPOINT, Hung, Want

LONGEST = 2000
"""Characters of a note that is shown: ours have some hundred."""


@dataclass(slots=True, kw_only=True)
class Witnessing:
    """`newest` is the note that was signed last, as far as this process knows."""

    store: Store
    clock: Clock
    bell: Bell
    newest: Callable[[], str]
    channels: Sequence[str] = ()
    _looked: tuple[str, date] | None = None

    async def beat(self) -> None:
        """A duty of the heartbeat. Raises what the database says."""
        seen = (self.newest(), _day(self.clock()))
        if not self.channels or not seen[0] or seen == self._looked:
            return
        if await self.store.read(lambda session: _lacking(session, self.channels)):
            await self.store.write(partial(_post, channels=self.channels))
            self.bell.ring()
        self._looked = seen


def witness_of(session: Session, row: Hung) -> Witness | None:
    """What such a row shows, for ever: the checkpoint it was made for."""
    size = int(row.sort.partition(" ")[2])
    kept = checkpoints.covering(session, size)
    if kept is None or kept.size != size or not _is_ours(kept.note):
        return None
    lead = f"The audit trail as of now: its first {size:,} entries, signed. Keep this message."
    return Witness(id=row.name, lead=lead, note=kept.note)


def _post(session: Session, channels: Sequence[str]) -> None:
    now, newest = moment.now(session), checkpoints.newest(session)
    if newest is None:
        return
    for channel in _lacking(session, channels):
        wanted = Want(sort=f"checkpoint {newest.size}", at=Surface(channel=channel))
        surfaces.add(session, CHECKPOINT, wanted, now)


def _lacking(session: Session, channels: Sequence[str]) -> list[str]:
    """Where nothing was posted today, and there is something that was not posted before."""
    newest, today = checkpoints.newest(session), _day(moment.now(session))
    if newest is None:
        return []
    told = surfaces.hung(session, CHECKPOINT).values()
    has = {
        row.at.channel
        for row in told
        if _day(row.made_at) == today or row.sort == f"checkpoint {newest.size}"
    }
    return [channel for channel in channels if channel not in has]


def _is_ours(note: str) -> bool:
    """Nobody's but ours is signed by its own name alone: it says nothing more than a checkpoint."""
    try:
        found = checkpoint.read(note)
    except BadNote:
        return False
    return len(note) <= LONGEST and [it.name for it in found.signatures] == [found.origin]


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
