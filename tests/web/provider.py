"""A strict OpenID provider on 127.0.0.1. Whoever signs in there is whom the test says."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import Clock
from tests.web.issuer import FakeIssuer, public_jwk, rsa_key

CLIENT, SECRET = "countersign", "a-secret+of:the%provider"
_ASKED = frozenset(
    [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
    ]
)


@dataclass
class FakeProvider:
    """`person` are the claims of whoever signs in next, `bent` what is put over them, and
    `refusals` what was wrong with what we asked.
    """

    clock: Clock
    redirect_uri: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    bent: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    """What it gives instead of a token of its own."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    down: bool = False
    url: str = ""
    _server: TestServer | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        if self._server:
            await self._server.close()

    def sign_in_as(self, person: str, **claims: Any) -> None:
        self.person = {
            "sub": f"sub-of-{person}",
            "email": f"{person}@acme.example",
            "email_verified": True,
            **claims,
        }

    def claims(self, asked: Mapping[str, str]) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": asked.get("nonce", ""),
            **self.person,
            **self.bent,
        }
        return {name: value for name, value in said.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], **how: Any) -> str:
        return FakeIssuer(self.clock).token(claims, **how)

    async def _discovery(self, _: web.Request) -> web.Response:
        if self.down:
            raise web.HTTPServiceUnavailable
        return web.json_response(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [public_jwk(rsa_key("one"), "one")]})

    async def _authorize(self, request: web.Request) -> web.Response:
        """A page with one link, as a person would press it after they typed their password."""
        asked = dict(request.query)
        wanted = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "code_challenge_method": "S256",
            "prompt": "login",
            "max_age": "300",
        }
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        if wrong or asked.keys() != _ASKED or len(request.query) != len(_ASKED):
            self.refusals.append(f"authorize: {wrong}, {sorted(asked)}")
            raise web.HTTPBadRequest
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = f"{self.redirect_uri}?{urlencode({'code': code, 'state': asked['state']})}"
        text = f"<!doctype html><title>Acme</title><a id=ok href='{back.replace('&', '&amp;')}'>I am it</a>"
        return web.Response(text=text, content_type="text/html", headers={"X-Back": back})

    async def _token(self, request: web.Request) -> web.Response:
        said = dict(parse_qsl((await request.read()).decode(), strict_parsing=True))
        asked = self.codes.pop(said.get("code", ""), None)
        verifier = said.get("code_verifier", "").encode()
        s256 = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        basic = request.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(basic).decode().partition(":")
        right = {
            "client": (unquote_plus(user), unquote_plus(password)) == (CLIENT, SECRET),
            "code": asked is not None,
            "redirect_uri": said.get("redirect_uri") == self.redirect_uri,
            "grant": said.get("grant_type") == "authorization_code",
            "verifier": asked is not None and s256 == asked["code_challenge"],
            "words": len(said) == 4,
        }
        if not all(right.values()) or asked is None:
            self.refusals.append(f"token: {[name for name, good in right.items() if not good]}")
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self.token or self.signed(self.claims(asked))
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})
