"""How do we call a platform's HTTP API, and what do its refusals mean?"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from bot.clock import Clock
from bot.pipelines.answers import retry_after, succeeded
from bot.ports import Request, Response, Send, Undelivered

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

MAY_WORK_LATER = frozenset({401, 408, 425, 429})
"""Of 4xx: a token may be renewed, and a rush may be over. All others are final."""


Answer = TypeVar("Answer", bound=BaseModel)

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Unreadable(Undelivered):
    """The platform answered with something of another shape than we know."""


class Refused(Undelivered):
    """The platform answered, and not with 2xx."""

    def __init__(self, platform: str, answer: Response, **how: Any) -> None:
        super().__init__(f"{platform} answered {answer.status}", **how)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Listed(Generic[Answer]):
    """`complete`: the platform said that there are no more."""

    entries: Sequence[Answer]
    complete: bool


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

    async def get(self, path: str, model: type[Answer]) -> Answer:
        """What its JSON says. Raises Unreadable, Refused or Unreachable."""
        answer = await self.call("GET", path)
        return read(self.name, model, decoded(self.name, answer.body))

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


def decoded(platform: str, body: bytes) -> Any:
    """Half of a surrogate pair can be decoded, and then neither stored nor sent: it is refused.

    Raises Unreadable.
    """
    try:
        said = json.loads(body)
        refuse_half_characters(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{platform}'s answer cannot be read") from error
    return said


def refuse_half_characters(body: bytes) -> None:
    """Raises ValueError, or RecursionError."""
    if _HALF.search(body):
        json.dumps(json.loads(body), ensure_ascii=False).encode()


def read(platform: str, model: type[Answer], said: object) -> Answer:
    """Raises Unreadable."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        name = model.__name__.strip("_").partition("[")[0]
        raise Unreadable(f"{platform}'s {name} cannot be read") from error


def read_all(platform: str, model: type[Answer], said: object) -> Sequence[Answer]:
    """Raises Unreadable."""
    if not isinstance(said, list):
        raise Unreadable(f"{platform}'s answer cannot be read: a list was expected")
    return [read(platform, model, entry) for entry in said]


def basic(user: str, password: str) -> dict[str, str]:
    """The header that proves who we are, to some."""
    return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def path(*segments: str) -> str:
    """Each a single step below the last, whatever is in it. Raises Undelivered for a step that would
    lead elsewhere.
    """
    if not all(segments) or any(segment in (".", "..") for segment in segments):
        raise Undelivered("its return address names no place there can be", final=True)
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)
