"""How is GitLab asked and told things, and which of its answers can be read?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from bot.pipelines.answers import clamped
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused
from bot.ports import Response, Undelivered

PER_PAGE = 100

Answer = TypeVar("Answer", bound=BaseModel)

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_EPOCH = re.compile(r"[0-9]{1,11}")
_PAGE = re.compile(r"[0-9]{1,6}")


class Unreadable(Undelivered):
    """GitLab answered with something of another shape than we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[Answer]):
    """`complete`: there is no further page."""

    entries: Sequence[Answer]
    complete: bool


@dataclass(frozen=True, slots=True)
class GitLab:
    """Version 4 of the API; paths begin below it. All raise Unreadable, Refused, Undelivered or
    Unreachable.
    """

    platform: Platform

    async def one(self, model: type[Answer], path: str) -> Answer:
        return _read(model, _decoded(await self._call("GET", path)))

    async def pages(
        self, model: type[Answer], path: str, *, most: int, per_page: int = PER_PAGE
    ) -> Listed[Answer]:
        """All it lists, up to `most`; of its links to further pages only the number is believed."""
        found: list[Answer] = []
        page, mark = 1, "&" if "?" in path else "?"
        while len(found) < most:
            answer = await self._call("GET", f"{path}{mark}per_page={per_page}&page={page}")
            entries = _decoded(answer)
            if not isinstance(entries, list):
                raise Unreadable("GitLab's answer cannot be read: a list was expected")
            found.extend(_read(model, entry) for entry in entries)
            following = _next_page(answer.headers, page, full=len(entries) >= per_page)
            if following is None:
                return Listed(entries=found, complete=True)
            if following <= page:
                raise Unreadable("GitLab's pages go round in circles")
            page = following
        return Listed(entries=found, complete=False)

    async def post(self, path: str, data: Mapping[str, object] | None = None) -> None:
        await self._call("POST", path, data)

    async def _call(self, method: str, path: str, data: object = None) -> Response:
        try:
            return await self.platform.call(method, path, data)
        except Refused as refused:
            pause = _reset(refused.answer, self.platform)
            if refused.retry_after is None and pause is not None:
                raise Undelivered(str(refused), retry_after=pause) from refused
            raise


def gitlab(parts: Parts) -> GitLab:
    platform = parts.platform("GitLab", {"private-token": parts.secrets["api_token"]})
    return GitLab(replace(platform, url=f"{parts.url}/api/v4"))


def _reset(answer: Response, platform: Platform) -> Any:
    """How long a rush lasts, where it says so with the moment of its end only."""
    until = answer.headers.get("ratelimit-reset", "")
    if answer.status != 429 or not _EPOCH.fullmatch(until):
        return None
    return clamped(datetime.fromtimestamp(int(until), UTC) - platform.clock())


def _next_page(headers: Mapping[str, str], page: int, *, full: bool) -> int | None:
    """As X-Next-Page or Link say; a proxy may have taken away both, and then a full page goes on."""
    if "x-next-page" in headers:
        said = headers["x-next-page"].strip()
        if said and not _PAGE.fullmatch(said):
            raise Unreadable("GitLab's next page has no number")
        return int(said) if said else None
    if "link" in headers:
        return page + 1 if 'rel="next"' in headers["link"] else None
    return page + 1 if full else None


def _decoded(answer: Response) -> Any:
    """Half of a surrogate pair can be decoded, and then neither stored nor sent: it is refused."""
    try:
        said = json.loads(answer.body)
        if _HALF.search(answer.body):
            json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable("GitLab's answer cannot be read") from error
    return said


def _read(model: type[Answer], said: Any) -> Answer:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise Unreadable(f"GitLab's {model.__name__} cannot be read") from error
