"""Who reads a page of the dashboard?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.domain.people import Person
from bot.engine.stepping_up import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody of the roster, who signed in some hours ago at most."""

    visit: Visit
    person: Person

    @property
    def csrf(self) -> str:
        """What their pages repeat to us."""
        return self.visit.csrf


Answer = Callable[[web.Request, Seat], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    method: Literal["GET", "POST"]
    pattern: str
    answer: Answer


Routes = tuple[Route, ...]


def get(pattern: str, answer: Answer) -> Route:
    """A page, or what it is made of. It changes nothing."""
    return Route("GET", pattern, answer)


def post(pattern: str, answer: Answer) -> Route:
    """A deed: JSON, of our own pages' scripts alone."""
    return Route("POST", pattern, answer)
