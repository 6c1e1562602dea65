"""How is the bot? `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.clock import Clock
from bot.engine.board import Board

log = logging.getLogger(__name__)

BACKLOG_TOO_LONG = 1000
SURFACES_TOO_MANY = 5000
"""More than Slack takes in an hour or two; a burst of changes alone is no reason to worry."""

SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    board: Board
    chat_trouble: Callable[[], str]
    stuck: Collection[str] = ()

    async def alive(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(self, _: web.Request) -> web.Response:
        """503 with the reason while database or Slack do not answer, or too much is waiting."""
        problems = await self._problems()
        status = {"status": "not ready", "problems": problems} if problems else {"status": "ready"}
        return web.json_response(status, status=503 if problems else 200)

    async def _problems(self) -> list[str]:
        problems = [trouble] if (trouble := self.chat_trouble()) else []
        try:
            async with asyncio.timeout(SECONDS):
                await self.board.check()
                backlog = await self.board.backlog()
                wanting = (await self.board.surfaces()).get("wanting", 0)
        except Exception:  # whatever it is: to say so is what this is for
            log.exception("the database does not answer")
            return [*problems, "the database does not answer"]
        if backlog["waiting"] > BACKLOG_TOO_LONG:
            problems.append(f"{backlog['waiting']} effects are waiting to be carried out")
        if wanting > SURFACES_TOO_MANY:
            problems.append(f"{wanting} messages are waiting to be shown in Slack")
        if self.stuck:
            problems.append(f"{len(self.stuck)} signoffs cannot be handled; see the log")
        return problems


class Metrics:
    """What Prometheus scrapes: counted as it happens, or looked up when asked."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board, self._clock = board, clock
        self._registry = CollectorRegistry()
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
            "Effects waiting or parked, and deliveries that could not be read.",
            ("state",),
            registry=self._registry,
        )
        self._shown = Gauge(
            "countersign_surfaces",
            "Messages and pages in Slack that wait to be corrected, or cannot be.",
            ("state",),
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
        self._seconds.labels(route).observe(loop.time() - began)
        return response

    async def scrape(self, _: web.Request) -> web.Response:
        """503 if the database does not answer: a scrape that hangs is worse than none."""
        try:
            async with asyncio.timeout(SECONDS):
                pending, oldest = await self._board.waiting()
                backlog = await self._board.backlog()
                surfaces = await self._board.surfaces()
        except TimeoutError:
            raise web.HTTPServiceUnavailable(reason="The database does not answer.") from None
        self._pending.set(pending)
        now = self._clock()
        self._oldest.set((now - (oldest or now)).total_seconds())
        for state, count in backlog.items():
            self._backlog.labels(state).set(count)
        for state in ("wanting", "parked"):
            self._shown.labels(state).set(surfaces.get(state, 0))
        return web.Response(
            body=generate_latest(self._registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )
