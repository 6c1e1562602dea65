"""How do we speak to GitHub as an App: with which token, and what do its refusals mean?"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import gidgethub
import gidgethub.abc
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AwareDatetime, BaseModel, StringConstraints, ValidationError

from bot.clock import Clock
from bot.pipelines.answers import succeeded
from bot.pipelines.github.refusals import SECONDARY_PAUSE, TokenRefused, refusal
from bot.pipelines.github.sparing import NOT_MODIFIED, Pauses, Remembered, Slower, unless
from bot.pipelines.platform import refuse_half_characters
from bot.ports import Request, Response, Send, Undelivered

ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"
PERMISSIONS = {
    "actions": "read",
    "contents": "read",
    "deployments": "write",
    "pull_requests": "read",
}
TO_CHECK = PERMISSIONS | {"checks": "write"}
"""Where pull requests wait for a check of ours, too."""

KEY_REFUSED = "GitHub does not accept our App's key: is app_id right, and our clock?"

RENEW_BEFORE = timedelta(minutes=5)

_CURSOR = re.compile(r"[A-Za-z0-9_.=-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a token is for: one repository ("owner/name") of one installation."""

    installation: int
    repository: str


class _Token(BaseModel):
    # Newer tokens hold a JWT: never assume a length.
    token: Annotated[str, StringConstraints(pattern=r"^[!-~]+$")]
    expires_at: AwareDatetime


class _Calls(gidgethub.abc.GitHubAPI):
    """gidgethub's headers and decoding over our own Send."""

    def __init__(self, send: Send, clock: Clock, api_url: str) -> None:
        super().__init__("Countersign", base_url=api_url)
        self._send = send
        self._clock = clock
        self._remembered = Remembered()

    async def call(self, method: str, path: str, bearer: str, data: Any = b"") -> Any:
        """The decoded answer. Raises TokenRefused, Undelivered or Unreachable."""
        answer, _ = await self.page(method, path, bearer, data)
        return answer

    async def page(
        self, method: str, path: str, bearer: str, data: Any = b""
    ) -> tuple[Any, str | None]:
        """The decoded answer, and the address that it gives for what follows. Raises likewise."""
        headers = {"authorization": f"Bearer {bearer}", "x-github-api-version": API_VERSION}
        try:
            answer, more, _ = await self._make_request(
                method, path, {}, data, ACCEPT, extra_headers=headers
            )
        except (gidgethub.GitHubException, ValueError, LookupError, RecursionError) as error:
            raise Undelivered(f"GitHub's answer cannot be read: {type(error).__name__}") from error
        return answer, more

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        wanted = {name: value for name, value in headers.items() if name != "content-length"}
        asked = Request(method=method, url=url, headers=wanted, body=body)
        answer = await (self._get(asked) if method == "GET" else self._send(asked))
        if not succeeded(answer.status):
            raise refusal(answer, self._clock())
        refuse_half_characters(answer.body)
        return answer.status, answer.headers, answer.body

    async def _get(self, asked: Request) -> Response:
        """What GitHub says, or said before if that is still so: that costs nothing of our limit."""
        if asked.url.startswith(f"{self.base_url}/app/"):
            return await self._send(asked)  # each time with another token
        known = self._remembered.of(asked)
        answer = await self._send(unless(known, asked) if known else asked)
        if known and answer.status == NOT_MODIFIED:
            return known.answer
        self._remembered.keep(asked, answer)
        return answer

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True, kw_only=True)
class GitHubApp:
    """One App. Tokens reach one repository and no further than `permissions`.

    `private_key` is PEM. Raises ValueError if it is no RSA key.
    """

    app_id: str
    private_key: str = field(repr=False)
    clock: Clock
    send: Send
    api_url: str = "https://api.github.com"
    permissions: Mapping[str, str] = field(default_factory=lambda: PERMISSIONS)
    _key: RSAPrivateKey = field(init=False, repr=False)
    _calls: _Calls = field(init=False, repr=False)
    _tokens: dict[Access, _Token] = field(init=False, repr=False, default_factory=dict)
    _asking: dict[Access, asyncio.Lock] = field(init=False, repr=False, default_factory=dict)
    _pauses: Pauses = field(init=False, repr=False, default_factory=Pauses)

    def __post_init__(self) -> None:
        self.api_url = self.api_url.rstrip("/")
        self._key = _rsa_key(self.private_key)
        self._calls = _Calls(self.send, self.clock, self.api_url)

    async def get(self, access: Access, path: str) -> Any:
        return await self._call(access, "GET", path, b"")

    async def post(self, access: Access, path: str, data: Mapping[str, object]) -> Any:
        return await self._call(access, "POST", path, dict(data))

    async def ask(self, method: str, path: str) -> Any:
        """As the App itself, about itself."""
        answer, _ = await self.ask_for_page(method, path)
        return answer

    async def ask_for_page(self, method: str, path: str) -> tuple[Any, str]:
        """Likewise; with the cursor of what follows, empty at the end. Of GitHub's own address for
        that nothing else is taken.
        """
        try:
            answer, more = await self._calls.page(method, path, self._jwt())
        except TokenRefused:
            raise Undelivered(KEY_REFUSED) from None
        return answer, _cursor(more or "")

    async def _call(self, access: Access, method: str, path: str, data: object) -> Any:
        self._pauses.check(access.installation, self.clock())
        try:
            return await self._called(access, method, path, data)
        except Slower as slower:
            pause = slower.retry_after or SECONDARY_PAUSE
            self._pauses.begin(access.installation, self.clock(), pause)
            raise

    async def _called(self, access: Access, method: str, path: str, data: object) -> Any:
        token = await self._token(access)
        try:
            return await self._calls.call(method, path, token.token, data)
        except TokenRefused:
            # It may have been revoked before its time: ask for another, once.
            if self._tokens.get(access) is token:
                del self._tokens[access]
        token = await self._token(access)
        try:
            return await self._calls.call(method, path, token.token, data)
        except TokenRefused:
            raise Undelivered("GitHub refuses a fresh token of ours") from None

    async def _token(self, access: Access) -> _Token:
        """A token good for five minutes at least; whoever needs one meanwhile shares it."""
        async with self._asking.setdefault(access, asyncio.Lock()):
            soon = self.clock() + RENEW_BEFORE
            token = self._tokens.get(access)
            if token is None or token.expires_at <= soon:
                token = await self._new_token(access)
                alive = {a: t for a, t in self._tokens.items() if t.expires_at > soon}
                self._tokens = {**alive, access: token}
            return token

    async def _new_token(self, access: Access) -> _Token:
        path = f"/app/installations/{access.installation}/access_tokens"
        name = access.repository.partition("/")[2]
        data = {"repositories": [name], "permissions": dict(self.permissions)}
        try:
            return _Token.model_validate(await self._calls.call("POST", path, self._jwt(), data))
        except TokenRefused:
            raise Undelivered(KEY_REFUSED) from None
        except ValidationError:
            # Not chained: its text could hold the token.
            raise Undelivered("GitHub's access token cannot be read") from None

    def _jwt(self) -> str:
        now = int(self.clock().timestamp())
        # A minute back for clocks that differ; GitHub allows ten minutes in all.
        claims = {"iat": now - 60, "exp": now + 8 * 60, "iss": self.app_id}
        return jwt.encode(claims, self._key, algorithm="RS256")


def _cursor(address: str) -> str:
    """That it names; empty if it names none."""
    try:
        named = parse_qs(urlsplit(address).query).get("cursor", [])
    except ValueError:
        return ""
    return named[0] if named and _CURSOR.fullmatch(named[0]) else ""


def _rsa_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("the App's private key is no readable PEM key") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the App's private key is no RSA key")
    return key
