"""Who may take a period of the trail with them, how long is it, and how does it get to them?"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.engine.browsing import Browsing
from bot.ports import Malformed
from bot.web.dashboard.given import Export, Given
from bot.web.dashboard.seat import Routes, Seat, get

LONGEST = timedelta(days=92)
MOST = 10_000
"""Records. Whoever wants more runs the command, which is also told a sample."""

CHUNK = 64 * 1024
COMMAND = "countersign export"

NOT_YOURS = "Only administrators and auditors may export the trail."
TOO_LONG = f"That is more than {LONGEST.days} days: use the command “{COMMAND}” on the server."
TOO_MUCH = f"These are more than {MOST:,} records: use the command “{COMMAND}” on the server."
BUSY = "Somebody exports it just now, and one at a time may. Please try again in a minute."
FAILED = "It could not be exported; the log of the server says why."
ELSEWHERE = "This did not come from a page of ours."


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """`exporting`: one at a time, in each process."""

    given: Given
    export: Export
    exporting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /audit/export?since=2026-07-01&until=2026-10-01. Raises the 403 of who may not."""
        if not may_export(self.given, seat):
            raise web.HTTPForbidden(reason=NOT_YOURS)
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPForbidden(reason=ELSEWHERE)
        since, until = _day(request, "since"), _day(request, "until")
        if refusal := await self._refusal(since, until):
            return self.given.frame.notice(seat, 409, "Nothing was exported", refusal)
        await self.given.members.check_now(seat.person)
        async with self.exporting:
            with tempfile.TemporaryDirectory(prefix="countersign-export-") as folder:
                out = Path(folder) / "evidence.jsonl"
                if not await self.export(since, until, out):
                    return self.given.frame.notice(seat, 500, "Nothing was exported", FAILED)
                return await self._sent(
                    request, out, f"countersign-{since:%Y-%m-%d}-{until:%Y-%m-%d}"
                )

    async def _refusal(self, since: datetime, until: datetime) -> str:
        if since >= until:
            raise Malformed("since is not before until")
        if until - since > LONGEST:
            return TOO_LONG
        browsing = Browsing(self.given.board.store)
        if await browsing.count_opened(since, until, MOST + 1) > MOST:
            return TOO_MUCH
        return BUSY if self.exporting.locked() else ""

    async def _sent(self, request: web.Request, out: Path, name: str) -> web.StreamResponse:
        """Piece by piece, for it may be large; whoever hangs up has what they have."""
        response = web.StreamResponse()
        response.content_type = "application/jsonl"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        with suppress(ConnectionResetError), await asyncio.to_thread(out.open, "rb") as file:
            await response.prepare(request)
            while piece := await asyncio.to_thread(file.read, CHUNK):
                await response.write(piece)
            await response.write_eof()
        return response


def may_export(given: Given, seat: Seat) -> bool:
    return given.export is not None and seat.person.id in given.administrators | given.auditors


def routes(given: Given) -> Routes:
    if given.export is None:
        return ()
    return (get("/audit/export", Exports(given=given, export=given.export).take),)


def _day(request: web.Request, name: str) -> datetime:
    """Its first moment, in UTC. Raises Malformed."""
    said = request.query.get(name, "")
    try:
        day = datetime.strptime(said, "%Y-%m-%d")  # noqa: DTZ007 -- it is a day of UTC
    except ValueError:
        raise Malformed(f"{name} is no day, as in 2026-07-01") from None
    return day.replace(tzinfo=UTC)
