"""With which keys does an issuer sign its tokens now?

Fetched from the configured issuer alone and kept. However many tokens name keys that nobody knows,
it is asked once a minute at most, and by one of them for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.addresses import matches_prefix
from bot.clock import Clock
from bot.ports import Malformed, Request, Response, Send, Undelivered, Unreachable
from bot.strict_json import decode

DISCOVERY = "/.well-known/openid-configuration"

ASK_EVERY = timedelta(seconds=60)
FRESH_FOR = timedelta(hours=1)
"""So long a key that was withdrawn may still be taken."""
GOOD_FOR = timedelta(hours=24)
"""So long keys are kept of an issuer that does not answer."""

PATIENCE = 8.0
"""Seconds that a request waits for keys."""

_LARGEST, _KEYS_AT_MOST, _FEWEST_BITS = 256 * 1024, 100, 2048

log = logging.getLogger(__name__)


class Unknown(Exception):
    """Nobody can say just now whether the issuer has such a key."""


@dataclass(slots=True, kw_only=True)
class Issuer:
    """One issuer, at `url`: no other place is ever asked for keys, unless `jwks` names where they are."""

    url: str
    clock: Clock
    send: Send
    jwks: str = ""
    _keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    _known_at: datetime | None = None
    _asked_at: datetime | None = None
    _asking: asyncio.Task[None] | None = None

    async def key(self, kid: str, issued: int) -> jwt.PyJWK | None:
        """The key of this name; None: it has no such key. `issued` is when the token says it was made.

        Raises Unknown.
        """
        if kid not in self._keys or not self._within(self._known_at, FRESH_FOR):
            await self._ask()
        if key := self._known().get(kid):
            return key
        if self._known_at is None or self._known_at.timestamp() < issued:
            raise Unknown  # the key may be newer than what we know, or we know nothing
        return None

    def _known(self) -> Mapping[str, jwt.PyJWK]:
        if not self._within(self._known_at, GOOD_FOR):
            self._keys, self._known_at = {}, None
        return self._keys

    async def _ask(self) -> None:
        """Join whoever is asking; else ask, unless somebody did lately."""
        if self._asking is None or self._asking.done():
            if self._within(self._asked_at, ASK_EVERY):
                return
            self._asked_at = self.clock()
            self._asking = asyncio.create_task(self._fetch(), name=f"keys of {self.url}")
        await asyncio.wait([self._asking], timeout=PATIENCE)

    async def _fetch(self) -> None:
        at = self.clock()
        try:
            address = self.jwks or await self._address()
            keys = dict(_keys(await document(self.send, address)))
        except (Unreachable, Undelivered, Malformed) as trouble:
            log.warning("the keys of %s could not be fetched: %s", self.url, trouble)
            return
        self._keys, self._known_at = keys, at

    async def _address(self) -> str:
        return own_address(await discovered(self.send, self.url), "jwks_uri", self.url)

    def _within(self, since: datetime | None, span: timedelta) -> bool:
        """Not where the clock was set back: nobody knows how long ago it was."""
        return since is not None and timedelta(0) <= self.clock() - since < span


async def discovered(send: Send, issuer: str) -> dict[str, object]:
    """What an issuer says of itself. Raises Unreachable, Undelivered, Malformed."""
    said = await document(send, f"{issuer.rstrip('/')}{DISCOVERY}")
    if said.get("issuer") != issuer:
        raise Undelivered("its discovery document is another issuer's")
    return said


def own_address(said: Mapping[str, object], name: str, issuer: str) -> str:
    """One of the addresses it names, if that is its own. Raises Undelivered."""
    address, parts = said.get(name), urlsplit(issuer)
    home = f"{parts.scheme}://{parts.netloc}/"
    if not isinstance(address, str) or not matches_prefix(address, home):
        raise Undelivered(f"its {name} is no address of its own")
    return address


async def document(send: Send, address: str) -> dict[str, object]:
    """Raises Unreachable, Undelivered, Malformed."""
    request = Request(method="GET", url=address, headers={"accept": "application/json"})
    return json_object(await send(request))


def json_object(answer: Response) -> dict[str, object]:
    """Raises Undelivered, Malformed."""
    if answer.status != 200:
        raise Undelivered(f"it answered {answer.status}")
    if len(answer.body) > _LARGEST:
        raise Undelivered("its answer is too long")
    said = decode(answer.body)
    if not isinstance(said, dict):
        raise Undelivered("its answer is no JSON object")
    return said


def _keys(said: Mapping[str, object]) -> Iterator[tuple[str, jwt.PyJWK]]:
    """Those we could verify with; the first of each name. Raises Undelivered if there is no list."""
    listed = said.get("keys")
    if not isinstance(listed, list):
        raise Undelivered("its keys are no list")
    seen: set[str] = set()
    for entry in listed[:_KEYS_AT_MOST]:
        kid = entry.get("kid") if isinstance(entry, dict) else None
        if isinstance(kid, str) and kid not in seen and (key := _rsa_key(entry)):
            seen.add(kid)
            yield kid, key


def _rsa_key(entry: dict[str, object]) -> jwt.PyJWK | None:
    """Only a public RSA key for RS256 signatures, and a long one."""
    for name, wanted in (("use", "sig"), ("alg", "RS256")):
        if entry.get(name, wanted) != wanted:
            return None
    if entry.get("kty") != "RSA":
        return None
    try:
        key = jwt.PyJWK(entry, algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    public = key.key
    return key if isinstance(public, RSAPublicKey) and public.key_size >= _FEWEST_BITS else None
