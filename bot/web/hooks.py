"""A change knocks: `POST /hooks/{connection}`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from aiohttp import web

from bot.engine.intake import Intake
from bot.engine.opening import Opening
from bot.ports import Delivery, Exacting
from bot.web.bodies import MIB, Budget, read_body
from bot.web.pressure import UNITS, UNITS_OF_A_PLATFORM, Pressure
from bot.web.rates import Rates

LARGEST, LARGEST_OF_A_PLATFORM = 5 * MIB, 25 * MIB
"""GitHub sends as much; a CI of our own has no reason to."""

IN_FLIGHT = 128 * MIB
"""Bodies that are being read, all together: nobody has proved who they are yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    intake: Intake
    public_url: str
    rates: Rates = field(default_factory=Rates)
    budget: Budget = field(default_factory=lambda: Budget(IN_FLIGHT))
    pressure: Pressure = field(default_factory=Pressure)

    async def receive(self, request: web.Request) -> web.Response:
        """Verify on raw bytes, store, answer; what else there is to do comes after."""
        connection = request.match_info["connection"]
        if connection not in self.intake.pipelines:
            raise web.HTTPNotFound(reason="There is no such connection.")
        fetches, store = self.intake.pipelines[connection].fetches, self.intake.store
        self.pressure.check(store.backlog, UNITS_OF_A_PLATFORM if fetches else UNITS)
        largest = LARGEST_OF_A_PLATFORM if fetches else LARGEST
        body = await read_body(request, largest, budget=self.budget)
        delivery = Delivery(headers=_lower(request.headers), body=body)
        with nullcontext() if fetches else self.pressure.change(store.backlog):
            opening = await self.intake.receive(
                connection, delivery, authentic=lambda: self._count(connection)
            )
        if opening is None:
            return web.json_response({"status": "received"}, status=self._receipt(connection))
        return opened(opening, self.public_url)

    def _receipt(self, connection: str) -> int:
        pipeline = self.intake.pipelines[connection]
        return pipeline.receipt if isinstance(pipeline, Exacting) else 202

    def _count(self, connection: str) -> None:
        """Only what is authentic counts, and not GitHub's: it would not send it again."""
        if not self.intake.pipelines[connection].fetches:
            self.rates.count(connection, self.intake.clock())


def opened(opening: Opening, public_url: str) -> web.Response:
    """202 for a new signoff, 200 for one that is known."""
    signoff = opening.signoff
    answer = {
        "id": signoff.id,
        "status": signoff.status.value,
        "url": f"{public_url}/api/v1/signoffs/{signoff.id}",
    }
    return web.json_response(answer, status=202 if opening.new else 200)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Header names in lower case; of a repeated header the first counts, as it was signed."""
    lowered: dict[str, str] = {}
    for name, value in headers.items():
        lowered.setdefault(name.lower(), value)
    return lowered
