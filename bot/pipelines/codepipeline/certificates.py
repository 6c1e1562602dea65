"""Which certificates are Amazon SNS's? Fetched once each, whoever sends us their addresses.

Strangers may name addresses as they like: so of each host few are fetched at a time, each once, and
what leads nowhere is not tried again for a while. Where too many are named, the one that is named
most often goes first: SNS names the same one with every message, and whenever it tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from bot.clock import Clock
from bot.pipelines.answers import succeeded
from bot.pipelines.codepipeline.line import Full, Line
from bot.ports import Request, Response, Send, Unauthenticated, Unreachable

AT_ONCE, MOST_WAITING = 4, 32
PATIENCE, SECONDS = 4, 4
"""In line, and for one: SNS waits 15 seconds for our answer."""

KEPT_OUT = timedelta(minutes=5)
MOST_KEPT_OUT, MOST_REMEMBERED, MOST_KNOWN = 1_000, 1_000, 64
LARGEST = 64 * 1024
WEAKEST = 2048
"""Bits of a key."""

_MAY_WORK_LATER = (408, 429)


@dataclass(slots=True, kw_only=True)
class Certificates:
    """`learn` is given addresses of SNS alone: https, its own host, and a path that it uses."""

    send: Send
    clock: Clock
    _known: dict[str, x509.Certificate] = field(init=False, default_factory=dict)
    _nowhere: dict[str, datetime] = field(init=False, default_factory=dict)
    _under_way: dict[str, asyncio.Task[None]] = field(init=False, default_factory=dict)
    _lines: dict[str, Line] = field(init=False, default_factory=dict)

    def key(self, url: str, names: Set[str]) -> RSAPublicKey:
        """Of the certificate at `url`, which is made out to one of `names`. Raises Unauthenticated."""
        if url not in self._known:
            raise Unauthenticated("its certificate is not known")
        return _key(self._known[url], names, self.clock())

    async def learn(self, url: str, names: Set[str]) -> None:
        """Have it. Raises Unauthenticated where there is none, Unreachable if nobody can say just now."""
        if url in self._known:
            return
        if self._nowhere.get(url, self.clock()) > self.clock():
            raise Unauthenticated("there is no such certificate of SNS's")
        line = self._line(url)
        line.ask(url)
        if url not in self._under_way:
            self._begin(url, names, line)
        # Whoever else waits for it goes on waiting if this one goes away.
        await asyncio.shield(self._under_way[url])

    def _line(self, url: str) -> Line:
        """That of its host, of which there are as many as regions with a topic of ours."""
        return self._lines.setdefault(
            urlsplit(url).netloc,
            Line(
                at_once=AT_ONCE,
                longest=MOST_WAITING,
                seconds=PATIENCE,
                remembered=MOST_REMEMBERED,
            ),
        )

    def _begin(self, url: str, names: Set[str], line: Line) -> None:
        task = asyncio.create_task(self._have(url, names, line), name="sns certificate")
        self._under_way[url] = task
        task.add_done_callback(lambda done: self._end(url, done))

    def _end(self, url: str, done: asyncio.Task[None]) -> None:
        del self._under_way[url]
        if not done.cancelled():
            done.exception()  # seen, even if all who waited for it are gone

    async def _have(self, url: str, names: Set[str], line: Line) -> None:
        try:
            async with line.turn(url):
                answer = await self._fetched(url)
        except Full:
            raise Unreachable("too many certificates of SNS are asked for", sent=False) from None
        line.forget(url)
        try:
            self._keep(url, _certificate(answer), names)
        except Unauthenticated:
            self._nowhere[url] = self.clock() + KEPT_OUT
            _shorten(self._nowhere, MOST_KEPT_OUT)
            raise

    async def _fetched(self, url: str) -> Response:
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self.send(Request(method="GET", url=url))
        except TimeoutError:
            raise Unreachable("no certificate from SNS in time") from None
        if answer.status >= 500 or answer.status in _MAY_WORK_LATER:
            raise Unreachable(f"SNS answered {answer.status} to a request for its certificate")
        return answer

    def _keep(self, url: str, found: x509.Certificate, names: Set[str]) -> None:
        _key(found, names, self.clock())
        self._known[url] = found
        _shorten(self._known, MOST_KNOWN)


def _certificate(answer: Response) -> x509.Certificate:
    if not succeeded(answer.status) or len(answer.body) > LARGEST:
        raise Unauthenticated(f"SNS has no such certificate ({answer.status})")
    try:
        return x509.load_pem_x509_certificate(answer.body)
    except ValueError:
        raise Unauthenticated("what SNS has there is no certificate") from None


def _key(found: x509.Certificate, names: Set[str], now: datetime) -> RSAPublicKey:
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise Unauthenticated("its certificate is not valid today")
    if names.isdisjoint(_names(found)):
        raise Unauthenticated("its certificate is not made out to SNS")
    try:
        key: object = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < WEAKEST:
        raise Unauthenticated("its certificate has no RSA key that is strong enough")
    return key


def _names(found: x509.Certificate) -> list[object]:
    try:
        return [name.value for name in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except ValueError:
        return []


def _shorten(kept: dict[str, Any], most: int) -> None:
    """Let go of what was put in first."""
    while len(kept) > most:
        del kept[next(iter(kept))]
