"""How is the bot? `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Counter, Gauge, Histogram, generate_latest

from bot.clock import Clock
from bot.domain.errors import Outdated
from bot.engine.ailments import Ailment, ailment_of
from bot.engine.board import Board
from bot.engine.clocks import Clocks
from bot.engine.loads import INSIDE, Load
from bot.ports import Unauthenticated
from bot.tallies import Tallies
from bot.web.gauges import Gauges, Look, tell_build
from bot.web.override_metrics import Overrides
from bot.web.pressure import UNITS
from bot.web.watchers import EVERYBODY, Watchers

log = logging.getLogger(__name__)

BACKLOG_TOO_LONG = 1000
SURFACES_TOO_MANY = 5000
"""More than Slack takes in an hour or two; a burst of changes alone is no reason to worry."""

NO_OTHERS = Clocks()
NOWHERE: Mapping[str, Look] = {}

SECONDS = 2

OTHER = "other"
"""Destinations that are not in the config any more, together."""


OUTDATED = "a Countersign with a newer configuration has taken over"


@dataclass(slots=True, kw_only=True)
class Health:
    board: Board
    chat_trouble: Callable[[], str]
    stuck: Collection[str] = ()
    trail_trouble: Callable[[], list[str]] = list
    clocks: Clocks = NO_OTHERS
    watchers: Watchers = EVERYBODY
    warnings: Callable[[], list[str]] = list
    _looking: asyncio.Task[list[str]] | None = None

    async def alive(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(self, request: web.Request) -> web.Response:
        """503 with the reason while database or Slack do not answer, or too much is waiting; what an
        operator should look at all the same is a warning. Strangers may be told no reasons.
        """
        problems = await self._problems()
        if not self.watchers.include(request):
            word = "not ready" if problems else "ready"
            return web.json_response({"status": word}, status=503 if problems else 200)
        status = {"status": "not ready", "problems": problems} if problems else {"status": "ready"}
        warnings = [*self.warnings(), *self.clocks.warnings]
        warned = {"warnings": warnings} if warnings else {}
        return web.json_response({**status, **warned}, status=503 if problems else 200)

    async def _problems(self) -> list[str]:
        problems = [trouble] if (trouble := self.chat_trouble()) else []
        if self.stuck:
            problems.append(f"{len(self.stuck)} signoffs cannot be handled; see the log")
        own = [*problems, *self.clocks.problems, *self.trail_trouble()]
        return [*own, *await self._look()]

    async def _look(self) -> list[str]:
        """One look at a time, however many ask: while nothing answers they would pile up."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._of_the_database(), name="readiness")
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.shield(self._looking)
        except TimeoutError:
            log.error("the database did not answer within %s seconds", SECONDS)
            return [Ailment.SILENT.value]

    async def _of_the_database(self) -> list[str]:
        try:
            await self.board.check()
            backlog = await self.board.backlog()
            wanting = (await self.board.surfaces()).get("wanting", 0)
        except Outdated:
            return [OUTDATED]
        except Exception as error:  # whatever it is: to say so is what this is for
            ailment = ailment_of(error)
            log.error("not ready: %s", error, exc_info=None if ailment else error)
            return [(ailment or Ailment.SILENT).value]
        units, effects = self.board.units, backlog["waiting"]
        found = {
            f"{units} units of work wait for the database": units >= UNITS,
            f"{effects} effects are waiting to be carried out": effects > BACKLOG_TOO_LONG,
            f"{wanting} messages are waiting to be shown in Slack": wanting > SURFACES_TOO_MANY,
        }
        return [problem for problem, is_so in found.items() if is_so]


class Metrics:
    """What Prometheus scrapes: counted as it happens, or looked up when asked. `looks` are gauges of
    other parts of the house; `build` is the version and the schema.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        destinations: Iterable[str] = (),
        clocks: Clocks = NO_OTHERS,
        watchers: Watchers = EVERYBODY,
        tallies: Tallies | None = None,
        looks: Mapping[str, Look] = NOWHERE,
        build: tuple[str, str] = ("", ""),
    ) -> None:
        self._board, self._clock, self._clocks, self._watchers = board, clock, clocks, watchers
        self._destinations = (*destinations, INSIDE)
        self._registry = (tallies or Tallies(self._destinations)).registry
        self._gauges = Gauges(looks, registry=self._registry)
        tell_build(*build, registry=self._registry)
        self._requests = Counter(
            "countersign_http_requests_total",
            "Answered requests by route and status.",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "countersign_http_request_seconds",
            "Time to answer by route.",
            ("route",),
            registry=self._registry,
        )
        self._pending = Gauge(
            "countersign_signoffs_pending", "Signoffs that wait.", registry=self._registry
        )
        self._oldest = Gauge(
            "countersign_oldest_pending_seconds",
            "Age of the signoff that waits longest.",
            registry=self._registry,
        )
        self._backlog = Gauge(
            "countersign_backlog",
            "Effects waiting or parked, deliveries that could not be read, and units of work that "
            "wait for the database.",
            ("state",),
            registry=self._registry,
        )
        self._shown = Gauge(
            "countersign_surfaces",
            "Messages and pages in Slack that wait to be corrected, or cannot be.",
            ("state",),
            registry=self._registry,
        )
        self._offset = Gauge(
            "countersign_clock_offset_seconds",
            "Seconds by which the database's clock, or Slack's, is ahead of ours.",
            ("clock",),
            registry=self._registry,
        )
        self._overrides = Overrides(registry=self._registry)
        self._lag = Gauge(
            "countersign_scheduler_lag_seconds",
            "For how long the longest overdue deadline waits to be acted on; 0: none is overdue.",
            registry=self._registry,
        )
        self._outbox = Gauge(
            "countersign_outbox",
            "Effects waiting or parked, by destination.",
            ("destination", "state"),
            registry=self._registry,
        )
        self._left_alone = Gauge(
            "countersign_destination_left_alone",
            "1 while a destination fails, so that only one message at a time goes there.",
            ("destination",),
            registry=self._registry,
        )

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Labels come from the table of routes alone, so that nobody can invent new ones."""
        loop = asyncio.get_running_loop()
        began, resource = loop.time(), request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        response = await handler(request)
        self._requests.labels(route, str(response.status)).inc()
        if isinstance(response, web.Response):  # and no stream, which lasts as long as its page
            self._seconds.labels(route).observe(loop.time() - began)
        return response

    async def scrape(self, request: web.Request) -> web.Response:
        """503 if the database does not answer: a scrape that hangs is worse than none. Raises
        Unauthenticated.
        """
        if not self._watchers.include(request):
            raise Unauthenticated("no such token")
        try:
            async with asyncio.timeout(SECONDS):
                pending, oldest = await self._board.waiting()
                backlog = await self._board.backlog()
                surfaces = await self._board.surfaces()
                loads = await self._board.loads()
                overrides = await self._board.overrides()
                overdue = await self._board.overdue()
                await self._gauges.look()
        except TimeoutError:
            raise web.HTTPServiceUnavailable(reason="The database does not answer.") from None
        self._pending.set(pending)
        now = self._clock()
        self._oldest.set((now - (oldest or now)).total_seconds())
        self._lag.set(max((now - (overdue or now)).total_seconds(), 0))
        for state, count in {**backlog, "units": self._board.units}.items():
            self._backlog.labels(state).set(count)
        for state in ("wanting", "parked"):
            self._shown.labels(state).set(surfaces.get(state, 0))
        for name, ahead in self._clocks.offsets.items():
            self._offset.labels(name).set(ahead)
        self._show(loads)
        self._overrides.show(overrides, now)
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    def _show(self, loads: Mapping[str, Load]) -> None:
        """Labels come from the config alone."""
        shown = dict.fromkeys(self._destinations, Load())
        for destination, load in loads.items():
            name = destination if destination in self._destinations else OTHER
            shown[name] = shown.get(name, Load()) + load
        self._outbox.clear()
        self._left_alone.clear()
        for name, load in shown.items():
            self._outbox.labels(name, "waiting").set(load.waiting)
            self._outbox.labels(name, "parked").set(load.parked)
            self._left_alone.labels(name).set(load.left_alone)
