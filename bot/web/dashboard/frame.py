"""What stands around every page of the dashboard?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.web.dashboard.seat import Seat
from bot.web.pages.rendering import Pages

NAV = (
    ("/queue", "Queue"),
    ("/figures", "Figures"),
    ("/outcomes", "Outcomes"),
    ("/policy", "Policy"),
    ("/people", "People"),
    ("/connections", "Connections"),
    ("/audit", "Audit"),
    ("/me", "Me"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`asked`: what people call whoever says who they are, when they sign in."""

    pages: Pages
    asked: str

    def show(
        self,
        name: str,
        seat: Seat,
        *,
        here: str,
        live: bool = False,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> web.Response:
        """The page of this template, for whoever sits there; `here` is the path of its place.

        `live`: it has parts that are fetched again when something has changed.
        """
        return self._framed(
            self.pages.show(
                name, status, headers, seat=seat, nav=NAV, here=here, live=live, **facts
            )
        )

    def part(self, name: str, seat: Seat, **facts: Any) -> web.Response:
        """A piece of a page, without what stands around it."""
        return self._framed(self.pages.show(name, seat=seat, **facts))

    def notice(self, seat: Seat, status: int, title: str, sentence: str) -> web.Response:
        """A page that says one thing."""
        return self.show("told", seat, here="", status=status, title=title, sentence=sentence)

    def enter(self, wanted: str) -> web.Response:
        """The same for all who are not signed in, whatever there is."""
        return self._outside("enter", 401, wanted=wanted, asked=self.asked)

    def refuse(self, title: str, sentence: str) -> web.Response:
        """For whoever has signed in, and is nobody who may read here."""
        return self._outside("outside", 403, title=title, sentence=sentence)

    def _outside(self, name: str, status: int, **facts: Any) -> web.Response:
        """One signs in under the name that cookies are kept for, whichever led here."""
        none: dict[str, Any] = {"seat": None, "nav": (), "here": "", "live": False}
        home = self.pages.site.url
        return self._framed(self.pages.show(name, status, home=home, **none, **facts))

    def _framed(self, response: web.Response) -> web.Response:
        """A form of ours says where it comes from, which it could not without any referrer."""
        response.headers["Referrer-Policy"] = "same-origin"
        return response
