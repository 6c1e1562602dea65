"""What does a CI send? Anything: signed or forged, whole or cut, and byte for byte if need be."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from bot.clock import system_clock
from bot.demo.changes import REFUNDS, change
from bot.demo.scene import TOKEN, Scene
from bot.pipelines.signatures import secret_key, sign

HOOK, SIGNOFFS = "/hooks/payments-ci", "/api/v1/signoffs"
PROBLEM = "application/problem+json"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OTHER_SECRET = "whsec_" + b64encode(b"a key that nobody configured ...").decode()


@dataclass
class MovableClock:
    """The machine's clock, or one that stands still, and what the test adds to it."""

    ahead: timedelta = field(default_factory=timedelta)
    stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stopped_at or system_clock()) + self.ahead

    def advance(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    def stop(self) -> None:
        self.stopped_at = system_clock()


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Ci:
    """Headers and bodies for `POST /hooks/…`, good ones unless something else is asked for."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._numbers = count(1)

    def change(self, **facts: Any) -> dict[str, Any]:
        """A good change that was not told before."""
        data = change(REFUNDS, next(self._numbers), "")
        return {**data, "callback_url": self.scene.pipeline.callback_url(data["key"]), **facts}

    def message(self, **facts: Any) -> bytes:
        """The body that announces it."""
        return json.dumps({"type": "change.ready", "data": self.change(**facts)}).encode()

    def signed(
        self, body: bytes, *, message_id: str = "", age: float = 0, secret: str = "", **other: str
    ) -> dict[str, str]:
        """Headers for these bytes; `age` in seconds; `other` replaces headers, "_" for "-"."""
        at = self.scene.clock() - timedelta(seconds=age)
        key = secret_key(secret or self.scene.secret)
        headers = sign(key, message_id or f"evt_{next(self._numbers)}", at, body)
        return headers | {name.replace("_", "-"): value for name, value in other.items()}

    async def post(
        self, body: bytes, headers: Mapping[str, str] | None = None, path: str = HOOK
    ) -> Heard:
        """Send it; signed, if nothing is said about headers."""
        return await self.ask("POST", path, self.signed(body) if headers is None else headers, body)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Heard:
        address = self.scene.address + path
        sent = BytesIO(body) if body else None
        async with self.scene.http.request(method, address, headers=headers, data=sent) as answer:
            return Heard(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=await answer.read(),
            )

    async def get(self, path: str) -> Heard:
        """Ask the API with the token of payments-ci."""
        return await self.ask("GET", path, BEARER)

    async def announce_by_token(self, **facts: Any) -> Heard:
        """A good change, over the API."""
        return await self.post(json.dumps(self.change(**facts)).encode(), BEARER, SIGNOFFS)

    async def wire(self, *pieces: bytes, hang_up: bool = False) -> Heard | None:
        """These bytes and no others; the answer, or None for those who do not wait for it."""
        where = urlsplit(self.scene.address)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return None if hang_up else await _answer(reader)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def loses_nothing(self) -> None:
        """After whatever happened a good change is taken, and can be asked for."""
        taken = await self.post(self.message())
        assert (taken.status, taken.said["status"]) == (202, "pending"), taken.body
        known = await self.get(f"{SIGNOFFS}/{taken.said['id']}")
        assert (known.status, known.said["status"]) == (200, "pending")

    def check_problem(self, heard: Heard | None, status: int, words: str = "") -> Any:
        """A refusal is RFC 9457, has a sentence for people, and holds none of our secrets."""
        assert heard is not None
        assert heard.status == status, heard.body
        assert heard.headers["content-type"] == PROBLEM
        said = heard.said
        assert said["status"] == status
        assert said["title"].endswith(".")
        assert len(said["title"].split()) > 3
        assert words in json.dumps(said)
        self.check_secrecy(heard.body.decode())
        return said

    def check_secrecy(self, text: str) -> None:
        secrets = (self.scene.secret.removeprefix("whsec_"), TOKEN, "playground-signing-secret")
        assert not [secret for secret in secrets if secret in text]


def request(method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request as it is on the wire; names may repeat."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *(f"{n}: {v}" for n, v in headers), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


async def _answer(reader: asyncio.StreamReader) -> Heard:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    fields = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in fields}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(status=int(status.split()[1]), headers=headers, body=body)
