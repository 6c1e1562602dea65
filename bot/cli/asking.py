"""How does a command ask a service over HTTP? https, our own addresses, and nothing followed."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from bot import strict_json
from bot.domain.spans import harmless
from bot.ports import Malformed

TIMEOUT = 10.0
"""Seconds for one answer, from the first byte to the last."""

LARGEST = 8 << 20
"""Bytes of an answer that are read."""

_CHUNK = 1 << 16


class NotAnswered(Exception):
    """A service did not answer as it should; the text is a sentence that holds no secret."""


def secret(name: str, environ: Mapping[str, str]) -> str:
    """The value of an environment variable that the command line named."""
    value = environ.get(name, "").strip()
    if not value:
        raise NotAnswered(f"the environment variable {harmless(name, 100)} is not set")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise NotAnswered(f"the environment variable {harmless(name, 100)} holds no token")
    return value


@dataclass(frozen=True, slots=True)
class Asking:
    """One service: its address and the token for it. `repr` shows no token."""

    base: str
    _token: str
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", checked(self.base))

    def __repr__(self) -> str:
        return f"Asking({self.base!r})"

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON that a path below the base answers with."""
        tail = f"?{urlencode(query)}" if query else ""
        return self._answer(request.Request(f"{self.base}{path}{tail}"))  # noqa: S310 - checked

    def post(self, address: str, body: Mapping[str, Any]) -> Any:
        """The JSON that an address of the same host answers with when it is sent JSON."""
        if urlsplit(checked(address)).netloc != urlsplit(self.base).netloc:
            raise NotAnswered(f"{harmless(address, 100)} is not the service the token is for")
        data = json.dumps(body).encode()
        asked = request.Request(address, data=data, method="POST")  # noqa: S310 - checked
        asked.add_header("Content-Type", "application/json")
        return self._answer(asked)

    def _answer(self, asked: request.Request) -> Any:
        asked.add_header("Authorization", f"Bearer {self._token}")
        asked.add_header("Accept", "application/json")
        asked.add_header("User-Agent", "countersign")
        until = time.monotonic() + self.timeout
        try:
            with _opener().open(asked, timeout=self.timeout) as answer:
                return strict_json.decode(body_of(answer, until))
        except HTTPError as error:
            error.close()
            raise NotAnswered(f"{self.base} answers {error.code}{_why(error)}") from None
        except Malformed as error:
            raise NotAnswered(f"{self.base} sends what is {error}") from None
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise NotAnswered(
                f"{self.base} cannot be asked: {harmless(str(reason), 100)}"
            ) from None


def _opener() -> request.OpenerDirector:
    """Without the handlers that follow redirects or read proxies from the environment."""
    opener = request.OpenerDirector()
    for handler in (
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def body_of(answer: HTTPResponse, until: float) -> bytes:
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise OSError("the answer is too large")
        if time.monotonic() > until:
            raise TimeoutError("the answer takes too long")
    if answer.length:
        raise OSError("the answer ends too early")
    return bytes(body)


def _why(error: HTTPError) -> str:
    if error.code in (301, 302, 303, 307, 308):
        return ", which leads elsewhere and is not followed"
    if error.code in (401, 403):
        return ": the token is not valid there, or may not see this"
    if error.code == 429:
        wait = harmless(error.headers.get("Retry-After", ""), 20)
        return f": it was asked too often; try again in {wait or 'some'} seconds"
    return ""


def checked(address: str) -> str:
    """https anywhere, http to this machine alone."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        fine = parts.port != 0 and parts.username is None and not (parts.query or parts.fragment)
    except ValueError:
        host, fine = "", False
    plain = address.isascii() and address.isprintable() and " " not in address
    secure = fine and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))
    if not (host and plain and secure):
        raise NotAnswered(f"{harmless(address, 100)} must begin with https:// and name a host")
    return address.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
