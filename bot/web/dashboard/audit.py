"""What stands in the audit trail, and does it hold? Its newest entries in words, and how to check it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from bot.domain import telling_house, telling_trail
from bot.domain.house_events import HOUSE, HouseEvent
from bot.domain.people import Roster
from bot.domain.spans import Ours, Span
from bot.engine.browsing import Browsing, Told
from bot.ports import Malformed
from bot.web.dashboard.exports import may_export
from bot.web.dashboard.given import Given
from bot.web.dashboard.seat import Routes, Seat, get

A_PAGE, CHECKED = 50, 5000
QUARTER = timedelta(days=92)
LATEST = 10**15
"""No trail has so many entries."""

UNREADABLE = Ours("It cannot be read, or was erased.")

_ID = re.compile(r"sgn_[A-Za-z0-9_]{1,60}|@house")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry; `signoff` is empty for what happened to the house."""

    seq: int
    signoff: str
    words: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """`checking`: one checks at a time, in each process."""

    given: Given
    checking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /audit; `?check=newest` looks whether its newest entries hold."""
        of, before = _of(request), _before(request)
        entries = await self._browsing.entries_before(before, A_PAGE + 1, of)
        shown, roster = entries[:A_PAGE], self.given.rulebook.roster
        now = self.given.clock()
        checkpoint, last = await self._browsing.checkpoint()
        return self.given.frame.show(
            "audit",
            seat,
            here="/audit",
            lines=[_line(it, roster) for it in shown],
            more=shown[-1].seq if len(entries) > A_PAGE else 0,
            before=before,
            of=of,
            checkpoint=checkpoint,
            last=last,
            checked=await self._checked() if request.query.get("check") == "newest" else "",
            many=CHECKED,
            may_export=may_export(self.given, seat),
            since=f"{now - QUARTER:%Y-%m-%d}",
            until=f"{now:%Y-%m-%d}",
        )

    async def _checked(self) -> str:
        """What came of it, in a sentence."""
        if self.checking.locked():
            return "Somebody checks it just now. Ask again in a moment."
        async with self.checking:
            broken = await self._browsing.check_newest(CHECKED)
        if broken:
            return f"It does not hold: entry {broken.seq}: {broken.why}. Tell whoever runs Countersign."
        return "They hold: none was changed, removed or put elsewhere."

    @property
    def _browsing(self) -> Browsing:
        return Browsing(self.given.board.store)


def routes(given: Given) -> Routes:
    return (get("/audit", AuditPage(given=given).page),)


def _of(request: web.Request) -> str:
    """Whose entries; empty for all. Raises Malformed."""
    said = request.query.get("of", "").strip()
    if said and not _ID.fullmatch(said):
        raise Malformed("that is the id of no sign-off")
    return said


def _before(request: web.Request) -> int | None:
    said = request.query.get("before", "")
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < len(str(LATEST))):
        raise Malformed("it does not say where the page begins")
    return int(said)


def _line(entry: Told, roster: Roster) -> Line:
    signoff = "" if entry.signoff_id == HOUSE else entry.signoff_id
    return Line(seq=entry.seq, signoff=signoff, words=_words(entry, roster))


def _words(entry: Told, roster: Roster) -> tuple[Span, ...]:
    if entry.event is None:
        return (UNREADABLE,)
    if isinstance(entry.event, HouseEvent):
        return telling_house.told(entry.event, roster)
    return telling_trail.told(entry.event, roster)
