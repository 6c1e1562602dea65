"""How does a pipeline behave that waits for a signed answer before it deploys?"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

from aiohttp import web

from bot.clock import system_clock

TOLERANCE = 300  # seconds between the sender's clock and ours

State = Literal["waiting", "deployed", "stopped", "contradiction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message that came in; ``why`` says why it was not accepted. Unpacks to a triple."""

    id: str
    body: Any
    accepted: bool
    why: str = ""

    def __iter__(self) -> Any:
        return iter((self.id, self.body, self.accepted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run that stands before its last step."""

    key: str
    title: str
    started: datetime
    state: State = "waiting"
    message_id: str | None = None
    status: str | None = None  # what the answer called the decision
    decided: datetime | None = None


class ToyPipeline:
    """Runs that wait, and the address where the answers to them are POSTed."""

    def __init__(
        self,
        secret: str,
        *,
        clock: Callable[[], datetime] = system_clock,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        if not self._key:
            raise ValueError("the secret of the pipeline is empty")
        self._clock = clock
        self.on_change = on_change
        self.heard: list[Heard] = []
        self.runs: dict[str, Run] = {}
        self.down = False
        self.answers: list[int] = []  # statuses for the next messages, first come first served
        self._runner: web.AppRunner | None = None
        self._base = ""

    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application()
        app.router.add_post("/callback/{key:.+}", self._callback)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self._base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.serve()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def callback_prefix(self) -> str:
        return f"{self._base}/callback/"

    def callback_url(self, key: str) -> str:
        return self.callback_prefix + quote(key, safe="/")

    def start(self, key: str, title: str) -> Run:
        """A run reaches its last step and waits there."""
        self.runs[key] = Run(key=key, title=title, started=self._clock())
        self.on_change()
        return self.runs[key]

    async def _callback(self, request: web.Request) -> web.Response:
        raw = await request.read()
        message_id = request.headers.get("webhook-id", "")
        body = _parsed(raw)
        why = self._doubt(request, raw)
        if not why and not isinstance(body, dict):
            why = "the body is no JSON object"
        status = self._status(why)
        accepted = not why and 200 <= status < 300
        self.heard.append(
            Heard(
                id=message_id,
                body=body,
                accepted=accepted,
                why=why or ("" if accepted else f"answered {status}"),
            )
        )
        if accepted:
            self._take(request.match_info["key"], message_id, body)
        self.on_change()
        return web.Response(status=status, text=why)

    def _status(self, why: str) -> int:
        if self.down:
            return 503
        if self.answers:
            return self.answers.pop(0)
        return 400 if why else 200

    def _doubt(self, request: web.Request, raw: bytes) -> str:
        """Why this message is not believed; empty if it is."""
        message_id = request.headers.get("webhook-id", "")
        stamp = request.headers.get("webhook-timestamp", "")
        if not message_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return "webhook-id or webhook-timestamp is missing"
        if abs(self._clock().timestamp() - int(stamp)) > TOLERANCE:
            return "webhook-timestamp is more than five minutes off"
        signed = f"{message_id}.{stamp}.".encode() + raw
        wanted = hmac.new(self._key, signed, hashlib.sha256).digest()
        offered = request.headers.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(wanted, _signature(one)) for one in offered):
            return "webhook-signature does not fit"
        return ""

    def _take(self, key: str, message_id: str, body: dict[str, Any]) -> None:
        run = self.runs.get(key)
        if run is None:
            return
        data = body.get("data")
        answer = data if isinstance(data, dict) else {}
        state: State = "deployed" if answer.get("proceed") is True else "stopped"
        if run.state not in ("waiting", state) and run.status != "expired":
            state = "contradiction"
        elif run.message_id == message_id:
            return  # the same message once more
        self.runs[key] = replace(
            run,
            state=state,
            message_id=message_id,
            status=str(answer.get("status", "")),
            decided=self._clock(),
        )


def _signature(offered: str) -> bytes:
    version, _, encoded = offered.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
