"""Which pages has the dashboard, and who may ask at each?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.web.dashboard import (
    acting,
    audit,
    connections,
    exports,
    figures,
    me,
    outcomes,
    people,
    policy,
    queue,
    signoff,
)
from bot.web.dashboard.given import Given
from bot.web.dashboard.live import Live
from bot.web.dashboard.seat import Routes
from bot.web.dashboard.seats import Seats
from bot.web.pages.visits import SEAT, NotSignedIn, drop_cookie

PAGES: tuple[Callable[[Given], Routes], ...] = (
    queue.routes,
    signoff.routes,
    acting.routes,
    figures.routes,
    outcomes.routes,
    policy.routes,
    people.routes,
    connections.routes,
    audit.routes,
    exports.routes,
    me.routes,
)
"""What each of these gives is open to whoever has a seat, and to nobody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    seats: Seats
    given: Given

    @property
    def live(self) -> Live:
        return self.given.live

    def serve(self, app: web.Application) -> None:
        router = app.router
        router.add_get("/", self.home)
        router.add_post("/sign-out", self.sign_out)
        router.add_get("/live", self.seats.page(self.live.stream), allow_head=False)
        for route in self._pages():
            if route.method == "GET":
                router.add_get(route.pattern, self.seats.page(route.answer))
            else:
                router.add_post(route.pattern, self.seats.deed(route.answer))
        app.on_shutdown.append(self.live.close)

    async def home(self, request: web.Request) -> web.StreamResponse:
        """GET /"""
        return self._led(302)

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """POST /sign-out, a form that needs no script. Its page is whatever strangers see."""
        away = self._led(303)
        try:
            visit = await self.seats.doorman.form_poster(request)
        except NotSignedIn:
            return away
        await self.seats.doorman.stepping_up.end(visit.id)
        self.live.end(visit.id)
        drop_cookie(away, SEAT)
        return away

    def _pages(self) -> Routes:
        return tuple(route for routes in PAGES for route in routes(self.given))

    def _led(self, status: int) -> web.Response:
        pages = self.given.frame.pages
        headers = {"Location": f"{pages.site.base}/queue"}
        return pages.dressed(web.Response(status=status, headers=headers), "no-store")
