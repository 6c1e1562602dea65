"""Who is this browser? Somebody who signed in: a moment ago, or for hours on the dashboard; by two
cookies, of which neither opens what the other does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from aiohttp import web

from bot.engine.stepping_up import AskedOf, Sort, SteppingUp, Visit
from bot.web.bodies import read_body
from bot.web.pages.rendering import Site

AWAY, HERE = "__Host-countersign-visit", "__Host-countersign"
"""While somebody is away to sign in, and once they have."""
SEAT = "__Host-countersign-seat"
"""Once they have, for the dashboard: a link in Slack leads there, so it is a Lax one."""

_COOKIES: Mapping[Sort, str] = {"fresh": HERE, "seat": SEAT}
_WANTED: Mapping[Sort, re.Pattern[str]] = {
    "fresh": re.compile(r"/(decide|override)/sgn_[a-z0-9]{1,40}|/passkeys"),
    "seat": re.compile(
        r"/(queue|people|policy|figures|outcomes|connections|audit|me)|/signoffs/sgn_[a-z0-9]{1,40}"
    ),
}
"""The few paths to which somebody may be led once they have signed in, and what opens them."""


_LARGEST_FORM = 4096


class NotSignedIn(Exception):
    """Nobody we know; or it was too long ago."""


@dataclass(frozen=True, slots=True)
class Seals:
    """What binds a visit to its cookie: whoever only writes its row lets nobody in by it.

    The secret that we share with the provider makes them: each replica has it, it never lies beside
    the database, and whoever knows it could ask the provider in our name anyway.
    """

    _key: bytes = field(repr=False)

    @classmethod
    def by(cls, secret: str) -> Seals:
        return cls(hmac.digest(secret.encode(), b"countersign-visits/1", hashlib.sha256))

    def cookie(self, token: str, visit: Visit) -> str:
        """What a browser keeps of it."""
        return f"{token}.{self._of(visit)}"

    def fits(self, cookie: str, visit: Visit) -> bool:
        """Whether this cookie was given out for this very visit."""
        said = cookie.partition(".")[2].encode(errors="replace")
        return hmac.compare_digest(said, self._of(visit).encode())

    def _of(self, visit: Visit) -> str:
        said = json.dumps([_plain(it) for it in astuple(visit)])
        return hmac.digest(self._key, said.encode(), hashlib.sha256).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorman:
    """`seals`: of the visits of those who were sent to each provider."""

    site: Site
    stepping_up: SteppingUp
    seals: Mapping[AskedOf, Seals]

    async def visit(self, request: web.Request) -> Visit | None:
        """Who signed in lately, if anybody did."""
        return await self._here(request, "fresh")

    async def seat(self, request: web.Request) -> Visit | None:
        """Who signed in to the dashboard, if anybody did."""
        return await self._here(request, "seat")

    async def poster(self, request: web.Request, sort: Sort = "fresh") -> Visit:
        """The same, of whoever sends something from our own page and from no other.

        Raises NotSignedIn, or the 403 that says why not.
        """
        self._check_origin(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(reason="Please send application/json.")
        visit = await self._here(request, sort)
        return _checked(visit, request.headers.get("X-Csrf", ""))

    async def form_poster(self, request: web.Request) -> Visit:
        """The same at the dashboard, of a form that needs no script. Raises as `poster`."""
        self._check_origin(request)
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType(reason="Please send a form.")
        visit = await self._here(request, "seat")
        sent = dict(parse_qsl((await read_body(request, _LARGEST_FORM)).decode(errors="replace")))
        return _checked(visit, sent.get("csrf", ""))

    async def _here(self, request: web.Request, sort: Sort) -> Visit | None:
        cookie = request.cookies.get(_COOKIES[sort], "")
        found = await self.stepping_up.here(hashed(cookie)) if cookie else None
        seals = self.seals.get(found.how) if found and found.sort == sort else None
        return found if found and seals and seals.fits(cookie, found) else None

    def _check_origin(self, request: web.Request) -> None:
        if request.headers.get("Origin") != self.site.origin:
            raise web.HTTPForbidden(reason="This did not come from a page of ours.")
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPForbidden(reason="This did not come from a page of ours.")


def _checked(visit: Visit | None, csrf: str) -> Visit:
    """Raises NotSignedIn, or the 403 for whoever does not know what their page says."""
    if visit is None:
        raise NotSignedIn
    if not hmac.compare_digest(csrf.encode(errors="replace"), visit.csrf.encode()):
        raise web.HTTPForbidden(reason="This did not come from the page that is open.")
    return visit


def hashed(cookie: str) -> str:
    """What its visit is called by, of the part before its seal."""
    return hashlib.sha256(cookie.partition(".")[0].encode(errors="replace")).hexdigest()


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def secret() -> str:
    """256 bits that nobody can foresee."""
    return secrets.token_urlsafe(32)


def opened_by(wanted: str) -> Sort | None:
    """What opens this path; None: it is none to which somebody may be led."""
    return next((sort for sort, paths in _WANTED.items() if paths.fullmatch(wanted)), None)


def set_cookie(
    response: web.Response, name: str, value: str, seconds: int, *, strict: bool
) -> None:
    """A Lax one is sent by whoever leads here from elsewhere, as a provider does; a Strict one never."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict" if strict else "Lax",
    )


def drop_cookie(response: web.Response, name: str) -> None:
    response.del_cookie(name, path="/", secure=True, httponly=True)
