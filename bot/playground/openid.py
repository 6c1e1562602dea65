"""How do people of this workspace sign in elsewhere with it? As with Slack's OpenID Connect."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.playground.things import TEAM, Member
from bot.playground.workspace import Workspace

CLIENT_ID, CLIENT_SECRET = "1234.5678", "playground-client-secret"
KID = "playground"
CODE_SECONDS, TOKEN_SECONDS = 600, 300
TEAM_CLAIM, USER_CLAIM = "https://slack.com/team_id", "https://slack.com/user_id"

_ASKED = frozenset(
    ["response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "team"]
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Code:
    """What somebody was sent back with, and what they had come with."""

    user: str
    asked: Mapping[str, str]
    issued: float


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """One for all workspaces of this process: to make it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True, kw_only=True)
class OpenId:
    """`redirect_urls` are what the app's manifest says: people are sent back there alone.

    `bent` is put over the claims of the next tokens (None takes one away), `token` given instead of
    one, and `refusals` are what was wrong with what was asked.
    """

    workspace: Workspace
    origin: Callable[[], str]
    is_down: Callable[[], bool]
    redirect_urls: tuple[str, ...] = ()
    bent: dict[str, Any] = field(default_factory=dict)
    token: Callable[[dict[str, Any]], str] | None = None
    refusals: list[str] = field(default_factory=list)
    _codes: dict[str, Code] = field(default_factory=dict)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/openid/connect/authorize", self._authorize)
        app.router.add_get("/openid/connect/as/{user}", self._allow)
        app.router.add_get("/openid/connect/keys", self._keys)
        app.router.add_post("/api/openid.connect.token", self._token)

    def claims(self, code: Code) -> dict[str, Any]:
        """What a token says of whoever signed in."""
        now = int(self.workspace.mint.now())
        said = {
            "iss": self.origin(),
            "sub": code.user,
            "aud": CLIENT_ID,
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "auth_time": now,
            "nonce": code.asked["nonce"],
            TEAM_CLAIM: TEAM,
            USER_CLAIM: code.user,
            **self.bent,
        }
        return {name: value for name, value in said.items() if value is not None}

    async def _authorize(self, request: web.Request) -> web.Response:
        """A page that asks who one is; Slack knows it by its own cookies."""
        self._check(request)
        return web.Response(
            text=_page(self._people(), request.query_string),
            content_type="text/html",
            headers=_HEADERS,
        )

    async def _allow(self, request: web.Request) -> web.Response:
        """Back with a code, as whoever they said they are."""
        asked = self._check(request)
        user = request.match_info["user"]
        if user not in {one.id for one in self._people()}:
            raise web.HTTPNotFound
        code = secrets.token_urlsafe(16)
        self._codes[code] = Code(user, asked, self.workspace.mint.now())
        back = urlencode({"code": code, "state": asked["state"]})
        headers = {**_HEADERS, "Location": f"{asked['redirect_uri']}?{back}"}
        return web.Response(status=302, headers=headers)

    def _check(self, request: web.Request) -> dict[str, str]:
        """What is asked, if an app of ours may ask it. Raises the refusal."""
        if self.is_down():
            raise web.HTTPServiceUnavailable
        asked = dict(request.query)
        right = {
            "words": asked.keys() == _ASKED and len(request.query) == len(_ASKED),
            "client_id": asked.get("client_id") == CLIENT_ID,
            "response_type": asked.get("response_type") == "code",
            "scope": asked.get("scope") == "openid",
            "redirect_uri": asked.get("redirect_uri") in self.redirect_urls,
            "team": asked.get("team") == TEAM,
        }
        if not all(right.values()):
            self.refusals.append(f"authorize: {[name for name, good in right.items() if not good]}")
            raise web.HTTPBadRequest(text="Something went wrong when authorizing this app.")
        return asked

    def _people(self) -> list[Member]:
        return [it for it in self.workspace.people.values() if not it.bot and not it.deleted]

    async def _keys(self, _: web.Request) -> web.Response:
        if self.is_down():
            raise web.HTTPServiceUnavailable
        public = signing_key().public_key()
        said = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
        key = {**said, "kid": KID, "use": "sig", "alg": "RS256"}
        return web.json_response({"keys": [key]})

    async def _token(self, request: web.Request) -> web.Response:
        """Refused as Slack refuses: with 200, and a word for why."""
        if self.is_down():
            raise web.HTTPServiceUnavailable
        said = dict(parse_qsl((await request.read()).decode(errors="replace")))
        code = self._codes.pop(said.get("code", ""), None)
        error = _error(code, said, request.headers.get("Authorization", ""))
        now = self.workspace.mint.now()
        if code is None or error or now - code.issued > CODE_SECONDS:
            self.refusals.append(f"token: {error or 'invalid_code'}")
            return web.json_response({"ok": False, "error": error or "invalid_code"})
        claims = self.claims(code)
        token = self.token(claims) if self.token else signed(claims)
        return web.json_response(
            {"ok": True, "access_token": "xoxp-play", "token_type": "Bearer", "id_token": token}
        )


def signed(
    claims: Mapping[str, Any], *, key: rsa.RSAPrivateKey | None = None, **header: Any
) -> str:
    """A token as the workspace makes them; with another `key`: as it does not."""
    headers = {"kid": KID, **header}
    return jwt.encode(dict(claims), key or signing_key(), algorithm="RS256", headers=headers)


def _error(code: Code | None, said: Mapping[str, str], authorization: str) -> str:
    client, secret = _basic(authorization)
    if client != CLIENT_ID:
        return "invalid_client_id"
    if secret != CLIENT_SECRET:
        return "bad_client_secret"
    if said.get("grant_type") != "authorization_code":
        return "invalid_grant_type"
    if code is None:
        return "invalid_code"
    return "" if said.get("redirect_uri") == code.asked["redirect_uri"] else "bad_redirect_uri"


def _basic(authorization: str) -> tuple[str, str]:
    try:
        said = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    user, _, password = said.partition(":")
    return unquote_plus(user), unquote_plus(password)


def _page(people: list[Member], asked: str) -> str:
    links = "".join(
        f'<li><a href="/openid/connect/as/{escape(one.id)}?{escape(asked)}">'
        f"{escape(one.name)} <small>{escape(one.title)}</small></a></li>"
        for one in people
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>Who are you?</title><link rel="stylesheet" href="/static/openid.css"></head>'
        "<body><main><h1>Who are you?</h1><p>In the play workspace you may be anybody. Slack itself "
        f"knows who sits there.</p><ul>{links}</ul></main></body></html>"
    )
