"""How are Gitea and Forgejo asked about one repository, and which of their answers can be read?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from bot.pipelines.platform import Platform, path
from bot.ports import Undelivered

PER_PAGE = 50

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Listed(Generic[Answer]):
    """`all`: the forge said that there are no more."""

    entries: tuple[Answer, ...]
    all: bool


@dataclass(frozen=True, slots=True)
class Questions:
    """Paths begin below the repository, "owner/name". All raise Undelivered or Unreachable."""

    platform: Platform
    repository: str

    async def one(self, model: type[Answer], *steps: str) -> Answer:
        return _read(model, await self.platform.get(self.place(*steps)))

    async def dated(self, model: type[Answer], *steps: str) -> tuple[Answer, datetime | None]:
        """And when it said so, by its own clock, to the second."""
        answer = await self.platform.call("GET", self.place(*steps))
        return _read(model, _decoded(answer.body)), _date(answer.headers.get("date", ""))

    async def several(
        self, model: type[Answer], *steps: str, most: int, more: str = ""
    ) -> Listed[Answer]:
        """Page by page, as many as `most`; how long a page is, the forge decides."""
        found: list[Answer] = []
        for page in range(1, -(-most // PER_PAGE) + 1):
            asked = f"{self.place(*steps)}?page={page}&limit={PER_PAGE}{more}"
            answer = await self.platform.call("GET", asked)
            entries = _list(answer.body)
            found.extend(_read(model, it) for it in entries)
            left = answer.headers.get("x-hasmore", "").lower()
            if left != "true" or not entries:
                return Listed(tuple(found), left == "false")
        return Listed(tuple(found), False)

    def place(self, *steps: str) -> str:
        return path("api", "v1", "repos", *self.repository.split("/"), *steps)


def _date(said: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(said)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Undelivered("the forge's answer cannot be read") from error


def _list(body: bytes) -> list[Any]:
    said = _decoded(body)
    if not isinstance(said, list):
        raise Undelivered("the forge's answer cannot be read: a list was expected")
    return said


def _read(model: type[Answer], said: Any) -> Answer:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise Undelivered(f"the forge's {model.__name__} cannot be read") from error
