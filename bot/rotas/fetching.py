"""Where do rotas come from? Asked of PagerDuty or of a calendar, at addresses the config names."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bot.config.rotas import IcalRota, PagerDutyRota
from bot.domain.asking.rota import Rota, Shift
from bot.domain.change import Identity
from bot.domain.people import Roster
from bot.ports import Request, Send, Undelivered
from bot.rotas import Unreadable, ical, pagerduty

AHEAD, BACK = timedelta(days=14), timedelta(days=2)
PAGE, PAGES_AT_MOST = 100, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """`secret` is the token, or empty where none is needed. `roster` knows whom names mean."""

    send: Send
    roster: Roster
    secret: str = field(default="", repr=False)

    async def pagerduty(self, rota: PagerDutyRota, now: datetime) -> Rota:
        """The first line of a schedule. Raises Undelivered, Unreachable or Unreadable."""
        found: tuple[Shift, ...] = ()
        for page in range(PAGES_AT_MOST):
            asked = [
                ("schedule_ids[]", rota.schedule),
                ("include[]", "users"),
                ("since", _stamp(now - BACK)),
                ("until", _stamp(now + AHEAD)),
                ("limit", str(PAGE)),
                ("offset", str(page * PAGE)),
            ]
            headers = {
                "authorization": f"Token token={self.secret}",
                "accept": "application/vnd.pagerduty+json;version=2",
            }
            answer = _json(await self._get(f"{rota.url}/oncalls?{urlencode(asked)}", headers))
            found += pagerduty.shifts(answer, self._known)
            if not (isinstance(answer, dict) and answer.get("more") is True):
                break
        return Rota(name=rota.name, shifts=found)

    async def calendar(self, rota: IcalRota, now: datetime) -> Rota:
        """What a feed or a file says of these weeks.

        Raises Undelivered, Unreachable, Unreadable or OSError.
        """
        if rota.file:
            text = await asyncio.to_thread(Path(rota.file).read_text, encoding="utf-8")
            return Rota(name=rota.name, shifts=await self._events(text, now))
        headers = {"accept": "text/calendar"}
        if self.secret:
            headers["authorization"] = f"Bearer {self.secret}"
        body = await self._get(rota.url, headers)
        text = body.decode("utf-8", "replace")
        return Rota(name=rota.name, shifts=await self._events(text, now))

    async def _events(self, text: str, now: datetime) -> tuple[Shift, ...]:
        """A calendar of many years takes a while to be unrolled."""
        return await asyncio.to_thread(ical.shifts, text, now - BACK, now + AHEAD, self._known)

    async def _get(self, url: str, headers: dict[str, str]) -> bytes:
        answer = await self.send(Request(method="GET", url=url, headers=headers))
        if answer.status != 200:
            raise Undelivered(f"it answered {answer.status}")
        return answer.body

    def _known(self, name: str) -> str | None:
        """A person by an address of theirs, or by the name that only they have."""
        named = Identity(email=name) if "@" in name else Identity(login=name)
        if person := self.roster.identify(named):
            return person.id
        called = self.roster.directory.called(name)
        return called[0].id if len(called) == 1 else None


def _json(body: bytes) -> object:
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the answer of PagerDuty is no JSON") from None
    return answer


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
