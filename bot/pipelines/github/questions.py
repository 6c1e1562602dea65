"""How is GitHub asked about one repository, and which of its answers can be read?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.pipelines.github.api import Access, GitHubApp
from bot.pipelines.platform import Answer, read, read_all

PER_PAGE = 100

NAME = "GitHub"


@dataclass(frozen=True, slots=True)
class Questions:
    """Paths begin below the repository. All raise Unreadable, NotThere, Undelivered or Unreachable."""

    app: GitHubApp
    access: Access

    async def one(self, model: type[Answer], path: str) -> Answer:
        return read(NAME, model, await self._get(path))

    async def several(self, model: type[Answer], path: str) -> Sequence[Answer]:
        return read_all(NAME, model, await self._get(path))

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
