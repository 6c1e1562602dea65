"""How does what a person did reach the bot, and what did the bot answer?"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

import aiohttp

from bot.playground.refusals import NobodyListens
from bot.playground.rules import Json
from bot.playground.sockets import Sockets

Kind = Literal["interactive", "slash_commands", "events_api"]

_FORM = "application/x-www-form-urlencoded"


def sign(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The two headers by which an app knows that a request is the workspace's."""
    mac = hmac.new(secret.encode(), b"v0:%d:" % timestamp + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={mac}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to tell the bot, before it is wrapped for HTTP or for the socket."""

    kind: Kind
    payload: Json

    def body(self) -> tuple[bytes, str]:
        """The bytes and their content type, as they travel by HTTP."""
        match self.kind:
            case "interactive":
                return urlencode({"payload": json.dumps(self.payload)}).encode(), _FORM
            case "slash_commands":
                return urlencode(self.payload).encode(), _FORM
            case "events_api":
                return json.dumps(self.payload).encode(), "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. Status 0: nothing in time, or nobody there; ``trouble`` says which.

    ``errors`` are those of a form, by block_id. Unpacks to ``(status, body)``.
    """

    status: int
    body: str = ""
    trouble: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery | None = None
    attempts: int = 1
    retry_wanted: bool = True

    def __iter__(self) -> Iterator[int | str]:
        return iter((self.status, self.body))

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Json:
        """The body as an object; empty if it is none."""
        try:
            parsed = json.loads(self.body or "{}")
        except json.JSONDecodeError:
            return {}
        return parsed if isinstance(parsed, dict) else {}


class Courier:
    """Delivers by socket if the bot holds one open, else by signed HTTP."""

    def __init__(
        self,
        *,
        secret: str,
        stamp: Callable[[], datetime],
        patience: float,
        sockets: Sockets,
        noted: Callable[[str, str], None],
    ) -> None:
        self.url: str | None = None
        self.history: list[Answer] = []
        self._secret = secret
        self._stamp = stamp
        self._patience = patience
        self._sockets = sockets
        self._noted = noted
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, delivery: Delivery, headers: Mapping[str, str] | None = None) -> Answer:
        """One attempt."""
        if self._sockets.open:
            answer = await self._by_socket(delivery, headers or {})
        elif self.url is not None:
            answer = await self._by_http(self.url, delivery, headers or {})
        else:
            raise NobodyListens("call connect(url), or let the bot open a socket")
        self.history.append(answer)
        self._noted(delivery.kind, str(answer.status or answer.trouble))
        return answer

    async def insist(self, delivery: Delivery, delays: Sequence[float]) -> Answer:
        """An event: tried again after each delay until the bot answers 2xx or declines."""
        answer = await self.deliver(delivery)
        for number, delay in enumerate(delays, start=1):
            if answer.ok or not answer.retry_wanted:
                break
            await asyncio.sleep(delay)
            reason = answer.trouble or "http_error"
            answer = await self.deliver(
                delivery, {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
            )
            answer = replace(answer, attempts=number + 1)
        return answer

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _by_http(self, url: str, delivery: Delivery, extra: Mapping[str, str]) -> Answer:
        body, content_type = delivery.body()
        signature = sign(self._secret, body, int(self._stamp().timestamp()))
        headers = {"Content-Type": content_type, **signature, **extra}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=self._patience)
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return Answer(
                    status=response.status,
                    body=await response.text(),
                    trouble="" if response.ok else "http_error",
                    delivery=delivery,
                    retry_wanted=response.headers.get("X-Slack-No-Retry") != "1",
                )
        except TimeoutError:
            return Answer(status=0, trouble="http_timeout", delivery=delivery)
        except aiohttp.ClientError:
            return Answer(status=0, trouble="connection_failed", delivery=delivery)

    async def _by_socket(self, delivery: Delivery, extra: Mapping[str, str]) -> Answer:
        envelope: Json = {"type": delivery.kind, "payload": delivery.payload}
        if "X-Slack-Retry-Num" in extra:
            envelope["retry_attempt"] = int(extra["X-Slack-Retry-Num"])
            envelope["retry_reason"] = extra["X-Slack-Retry-Reason"]
        answer = await self._sockets.ask(envelope, self._patience)
        if answer is None:
            return Answer(status=0, trouble="http_timeout", delivery=delivery)
        return Answer(status=200, body=json.dumps(answer) if answer else "", delivery=delivery)
