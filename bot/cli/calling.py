"""How does a build job reach Countersign? Patiently, and only where it was told to."""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib import request
from urllib.error import URLError
from urllib.parse import urlsplit

from bot import strict_json
from bot.cli.asking import body_of, checked
from bot.cli.speaking import quoted
from bot.clock import elapsed, system_clock
from bot.ports import Malformed

TIMEOUT = 60.0
"""Seconds for one answer: twice as long as the server holds one."""

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds between two tries, unless the server asks for more; at most an hour then."""
_AT_MOST = 3_600.0
_AGAIN = (408, 425, 429)
_ERRORS_AT_MOST = 20


class Unreached(Exception):
    """There was no answer that counts; the text says why. It may be otherwise in a moment."""

    def __init__(self, sentence: str, after: float = 0) -> None:
        self.after = after
        super().__init__(sentence)


class Refused(Exception):
    """No use in asking again: `lines` say why, safe to be printed."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__(*lines)


class OutOfTime(Exception):
    """The time that the command was given is over."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    retry_after: str
    body: bytes


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Server:
    """Countersign at `base`. `token` is asked for before each request: some last minutes."""

    base: str
    token: Callable[[], str]
    until: float | None = None
    timeout: float = TIMEOUT

    def __repr__(self) -> str:
        return f"Server({self.base!r})"

    def ask(
        self, path: str, say: Say, data: bytes | None = None, method: str | None = None
    ) -> Mapping[str, Any]:
        """What it answers, however long that takes. Raises Refused or OutOfTime."""
        pause = SHORTEST
        while True:
            try:
                return self.once(path, data, method)
            except Unreached as trouble:
                say(f"{trouble}; trying again")
                wait = max(trouble.after, pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
                self.sleep(wait)
                pause = min(2 * pause, LONGEST)

    def once(
        self, path: str, data: bytes | None = None, method: str | None = None
    ) -> Mapping[str, Any]:
        """`method`: if it is not the usual one. Raises Unreached or Refused."""
        asked = request.Request(f"{self.base}{path}", data=data, method=method)  # noqa: S310 - checked
        if data is not None:
            asked.add_header("Content-Type", "application/json")
        asked.add_header("Authorization", f"Bearer {self.token()}")
        return _read(exchanged(asked, self._timeout()), quoted(self.base))

    def sleep(self, seconds: float) -> None:
        """Raises OutOfTime once there is none left."""
        if self.until is not None and elapsed() + seconds >= self.until:
            time.sleep(max(0, self.until - elapsed()))
            raise OutOfTime
        time.sleep(seconds)

    def left(self, seconds: float) -> float:
        """So many, or fewer if time is over before. Raises OutOfTime."""
        if self.until is None:
            return seconds
        left = self.until - elapsed()
        if left <= 0:
            raise OutOfTime
        return min(seconds, left)

    def _timeout(self) -> float:
        return self.timeout if self.until is None else self.left(self.timeout) + 1


def server(url: str, token: Callable[[], str], until: float | None = None) -> Server:
    """Raises NotAnswered for an address that no token may be sent to."""
    return Server(checked(url), token, until)


def exchanged(asked: request.Request, timeout: float) -> Reply:
    """One answer, whatever it is; nothing is followed. Raises Unreached or Refused."""
    asked.add_header("Accept", "application/json")
    asked.add_header("User-Agent", "countersign")
    host = quoted(urlsplit(asked.full_url).netloc, 100)
    try:
        until = time.monotonic() + timeout
        with _opener(asked.full_url).open(asked, timeout=timeout) as answer:
            after = answer.headers.get("Retry-After", "")
            return Reply(answer.status, after, body_of(answer, until))
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise Refused(f"{host} shows a certificate that is not trusted here") from None
        raise Unreached(f"{host} cannot be reached: {quoted(str(reason), 100)}") from None


def _opener(address: str) -> request.OpenerDirector:
    """No handler that follows redirects. Proxies of the environment, but none to this machine."""
    opener = request.OpenerDirector()
    handlers = [request.HTTPHandler(), request.HTTPSHandler()]
    if urlsplit(address).scheme == "https":
        opener.add_handler(request.ProxyHandler())
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _read(reply: Reply, host: str) -> Mapping[str, Any]:
    status = reply.status
    if status in _AGAIN or status >= 500:
        after = _pause(reply.retry_after)
        raise Unreached(f"{host} answers {status}{_title(reply.body)}", after)
    if 300 <= status < 400:
        raise Refused(f"{host} answers {status}, which leads elsewhere and is not followed")
    if not 200 <= status < 300:
        raise Refused(*_problem(reply, host))
    try:
        said = strict_json.decode(reply.body)
    except Malformed as error:
        raise Refused(f"{host} is no Countersign: its answer is {quoted(str(error))}") from None
    if not isinstance(said, dict):
        raise Refused(f"{host} is no Countersign: its answer is no object")
    return said


def _problem(reply: Reply, host: str) -> list[str]:
    """Its title, what it says more, and one line for each field that is wrong."""
    fields = _fields(reply.body)
    detail = quoted(fields.get("detail"))
    lines = [f"{host} answers {reply.status}{_title(reply.body)}{f' {detail}' if detail else ''}"]
    errors = fields.get("errors")
    for error in (errors if isinstance(errors, list) else [])[:_ERRORS_AT_MOST]:
        if isinstance(error, dict):
            lines.append(f"  {quoted(error.get('field'), 100)} {quoted(error.get('detail'))}")
    return lines


def _title(body: bytes) -> str:
    title = quoted(_fields(body).get("title"))
    return f": {title}" if title else ""


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        said = strict_json.decode(body)
    except Malformed:
        return {}
    return said if isinstance(said, dict) else {}


def _pause(said: str) -> float:
    """Seconds, from seconds or a date; nobody keeps us away for longer than an hour."""
    said = said.strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), _AT_MOST)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - system_clock()).total_seconds(), 0), _AT_MOST)


def encoded(data: Mapping[str, Any]) -> str:
    """JSON for programs: ASCII, so that it moves no cursor either."""
    return json.dumps(data, indent=2)
