"""How do we call a platform's HTTP API, and what do its refusals mean?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from bot.clock import Clock
from bot.pipelines.answers import retry_after, succeeded
from bot.ports import Request, Response, Send, Undelivered

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

MAY_WORK_LATER = frozenset({401, 408, 425, 429})
"""Of 4xx: a token may be renewed, and a rush may be over. All others are final."""


class Refused(Undelivered):
    """The platform answered, and not with 2xx."""

    def __init__(self, platform: str, answer: Response, **how: Any) -> None:
        super().__init__(f"{platform} answered {answer.status}", **how)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One installation, at `url` (without a slash at its end): nothing is ever sent elsewhere.

    `headers` hold what proves who we are.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    clock: Clock
    send: Send

    async def get(self, path: str) -> Any:
        """Its JSON. Raises Refused, Unreachable, or Undelivered where it is none."""
        answer = await self.call("GET", path)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise Undelivered(f"{self.name}'s answer cannot be read") from error

    async def call(
        self,
        method: str,
        path: str,
        data: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """`path` begins with a slash; `data` is sent as JSON. Raises Refused or Unreachable."""
        body = b"" if data is None else json.dumps(data, separators=(",", ":")).encode()
        sort = {} if data is None else {"content-type": JSON}
        return await self._send(method, path, {**sort, **(headers or {})}, body)

    async def post_form(
        self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> Response:
        body = urlencode(fields).encode()
        return await self._send("POST", path, {"content-type": FORM, **(headers or {})}, body)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        told = {"accept": JSON, **self.headers, **headers}
        request = Request(method=method, url=f"{self.url}{path}", headers=told, body=body)
        answer = await self.send(request)
        if not succeeded(answer.status):
            final = 400 <= answer.status < 500 and answer.status not in MAY_WORK_LATER
            pause = retry_after(answer.headers, self.clock())
            raise Refused(self.name, answer, final=final, retry_after=pause)
        return answer


def path(*segments: str) -> str:
    """Each a single step below the last, whatever is in it. Raises Undelivered for a step that would
    lead elsewhere.
    """
    if not all(segments) or any(segment in (".", "..") for segment in segments):
        raise Undelivered("its return address names no place there can be", final=True)
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)
