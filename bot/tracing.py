"""What became of a signoff, and how long did each step take? Told to a collector by OpenTelemetry.

A step is told once it is over. What a span may say stands in `FACTS`: never a title, a path, a
person, an address or an error's text.
(docs/operating.md, "Traces")
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.otlp import Caller, Fact, Step, encoded
from bot.ports import Request, Send, Unreachable

log = logging.getLogger(__name__)

NAMES = frozenset(
    {
        "attest",
        "judge",
        "publish",
        "receive",
        "report",
        "review",
        "settle",
        "show",
        "show_waiting",
        "signoff",
        "take_back",
    }
)
FACTS = frozenset(
    {
        "attempt",
        "bytes",
        "connection",
        "destination",
        "outcome",
        "proved",
        "reviews",
        "sort",
        "status",
        "tier",
        "verdict",
    }
)
"""Whatever else is told of a span is left out."""

MOST = 4096
"""Spans that wait to be sent; more than these are lost, and counted."""

AT_ONCE = 512
WORD = re.compile(r"[A-Za-z0-9@][A-Za-z0-9_.:+@-]{0,99}")
"""What a text may look like: names of the code and of the config do. Anything else is left out."""

_SIGNOFF = re.compile("sgn_[a-z0-9]{1,40}")
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


def caller_of(headers: Mapping[str, str]) -> Caller | None:
    """Who sent this, if they say so as they should: it becomes a link, and decides nothing. Header
    names are in lower case.
    """
    said = headers.get("traceparent", "")
    found = _PARENT.fullmatch(said) if len(said) < 200 else None
    if found is None or (said.startswith("00") and len(said) != 55):
        return None
    trace, span = (bytes.fromhex(part) for part in found.groups())
    return Caller(trace, span) if any(trace) and any(span) else None


@dataclass(slots=True, kw_only=True, eq=False)
class Traces:
    """Without an `endpoint`, or without the extra, nothing is kept and nothing sent. `headers` may
    hold a secret.
    """

    endpoint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    send: Send | None = None
    lost: int = 0
    _steps: deque[Step] = field(default_factory=deque)
    _sending: asyncio.Task[None] | None = None

    @property
    def heard(self) -> bool:
        return bool(self.endpoint)

    def tell(
        self,
        signoff_id: str,
        name: str,
        began: datetime,
        ended: datetime,
        facts: Mapping[str, Fact],
        caller: Caller | None = None,
    ) -> None:
        """Keep it until it is sent; from any thread. What may not be said is left out, and what is
        about no signoff (the page of a person, say).
        """
        if not self.endpoint or not _SIGNOFF.fullmatch(signoff_id):
            return
        if len(self._steps) >= MOST:
            self.lost += 1
            return
        self._steps.append(
            Step(
                signoff_id=signoff_id,
                name=name if name in NAMES else "other",
                began=began,
                ended=max(began, ended),
                facts={key: it for key, it in facts.items() if key in FACTS and _may_be_said(it)},
                caller=caller,
            )
        )

    async def beat(self) -> None:
        """As a duty of the heartbeat: send what there is, without holding up its other duties."""
        if self._steps and (self._sending is None or self._sending.done()):
            self._sending = asyncio.create_task(self.flush(), name="traces")

    async def finish(self) -> None:
        """What is left has a second."""
        if not self.endpoint:
            return
        try:
            async with asyncio.timeout(1):
                if self._sending:
                    await self._sending
                await self.flush()
        except TimeoutError:
            log.warning("%s spans are left unsent", len(self._steps))

    async def flush(self) -> None:
        """Send all that waits. What is not taken is lost: no signoff waits for it."""
        while self._steps:
            steps = [self._steps.popleft() for _ in range(min(AT_ONCE, len(self._steps)))]
            if not await self._sent(steps):
                self.lost += len(steps)
                return

    async def _sent(self, steps: Sequence[Step]) -> bool:
        if self.send is None:
            return False
        request = Request(
            method="POST",
            url=f"{self.endpoint}/v1/traces",
            headers={**self.headers, "content-type": "application/x-protobuf"},
            body=await asyncio.to_thread(encoded, steps),
        )
        try:
            status = (await self.send(request)).status
        except Unreachable as problem:
            log.warning("the collector of traces does not answer: %s", type(problem).__name__)
            return False
        if not 200 <= status < 300:
            log.warning("the collector of traces does not take spans: HTTP %s", status)
        return 200 <= status < 300


UNTOLD = Traces()
"""For whoever tells where nobody listens."""


def _may_be_said(value: Fact) -> bool:
    return not isinstance(value, str) or WORD.fullmatch(value) is not None
