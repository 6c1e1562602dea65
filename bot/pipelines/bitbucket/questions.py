"""How is Bitbucket Cloud asked about one repository, and which of its answers can be read?

It leads on from page to page, and from a pull request to its diffstat, by addresses of its own. They
are followed only within the very repository that was asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.pipelines import merging
from bot.pipelines.bitbucket.payloads import Page, Whole
from bot.pipelines.platform import Answer, Listed, Refused, decoded, path, read
from bot.ports import Undelivered

# Bitbucket itself writes %0D between two commits.
_BELOW = re.compile(
    r"(?:/(?!\.{1,2}(?:[/?]|$))(?:[A-Za-z0-9_.~:{}-]|%0[Dd]|%3[Aa]|%7[BbDd])+)+"
    r"(?:\?[A-Za-z0-9_.~:/%&=+-]{0,2000})?"
)


@dataclass(frozen=True, slots=True)
class Questions(merging.Questions):
    """Paths begin below the repository, "workspace/name". All raise Undelivered or Unreachable."""

    async def whole(self, short: str) -> str:
        """The commit that begins like this, in full. Never a branch that is called so."""
        found = (await self.one(Whole, "commit", short)).hash
        if not found.startswith(short):
            raise Undelivered("Bitbucket knows no commit that begins as it said")
        return found

    async def several(
        self, model: type[Answer], *steps: str, pages: int, more: str = ""
    ) -> Listed[Answer]:
        found: list[Answer] = []
        place = f"{self.place(*steps)}?pagelen=100{more}"
        for _ in range(pages):
            page = read(self.platform.name, Page[model], await self._get(place))  # type: ignore[valid-type]
            found.extend(page.values)
            if page.next is None:
                return Listed(found, page.size is None or len(found) >= page.size)
            place = self._below(page.next)
        return Listed(found, False)

    def place(self, *steps: str) -> str:
        return path("2.0", "repositories", *self.repository.split("/"), *steps)

    async def _get(self, place: str) -> Any:
        """Led on once at most."""
        try:
            answer = await self.platform.call("GET", place)
        except Refused as refused:
            if refused.answer.status not in (301, 302, 303, 307, 308):
                raise
            there = self._below(refused.answer.headers.get("location", ""))
            answer = await self.platform.call("GET", there)
        return decoded(self.platform.name, answer.body)

    def _below(self, address: str) -> str:
        """The same as a path, if it lies in this repository, and means that to everybody."""
        start = self.place()
        rest = address.removeprefix(self.platform.url).removeprefix(start)
        if address != f"{self.platform.url}{start}{rest}" or not _BELOW.fullmatch(rest):
            raise Undelivered("Bitbucket leads out of the repository", final=True)
        return f"{start}{rest}"
