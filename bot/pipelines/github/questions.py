"""How is GitHub asked about one repository, and which of its answers can be read?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.pipelines.github.api import Access, GitHubApp
from bot.ports import Undelivered

PER_PAGE = 100

Answer = TypeVar("Answer", bound=BaseModel)


class Unreadable(Undelivered):
    """GitHub answered with something of another shape than we know."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Paths begin below the repository. All raise Unreadable, NotThere, Undelivered or Unreachable."""

    app: GitHubApp
    access: Access

    async def one(self, model: type[Answer], path: str) -> Answer:
        return _read(model, await self._get(path))

    async def several(self, model: type[Answer], path: str) -> Sequence[Answer]:
        listed = await self._get(path)
        if not isinstance(listed, list):
            raise Unreadable("GitHub's answer cannot be read: a list was expected")
        return [_read(model, item) for item in listed]

    async def pages(self, model: type[Answer], path: str, most: int) -> list[Answer]:
        """All it lists, page by page; its own links to further pages are not followed."""
        found: list[Answer] = []
        for page in range(1, -(-most // PER_PAGE) + 1):
            entries = await self.several(model, f"{path}?per_page={PER_PAGE}&page={page}")
            found.extend(entries)
            if len(entries) < PER_PAGE:
                break
        return found

    async def _get(self, path: str) -> Any:
        return await self.app.get(self.access, f"/repos/{self.access.repository}{path}")


def _read(model: type[Answer], said: Any) -> Answer:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise Unreadable(f"GitHub's {model.__name__} cannot be read") from error
