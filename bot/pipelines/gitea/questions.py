"""How are Gitea and Forgejo asked about one repository, and which of their answers can be read?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.pipelines import merging
from bot.pipelines.platform import Answer, Listed, decoded, path, read, read_all

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Questions(merging.Questions):
    """Paths begin below the repository, "owner/name". All raise Undelivered or Unreachable."""

    async def dated(self, model: type[Answer], *steps: str) -> tuple[Answer, datetime | None]:
        """And when it said so, by its own clock, to the second."""
        answer = await self.platform.call("GET", self.place(*steps))
        said = decoded(self.platform.name, answer.body)
        return read(self.platform.name, model, said), _date(answer.headers.get("date", ""))

    async def several(
        self, model: type[Answer], *steps: str, most: int, more: str = ""
    ) -> Listed[Answer]:
        """Page by page, as many as `most`; how long a page is, the forge decides."""
        found: list[Answer] = []
        for page in range(1, -(-most // PER_PAGE) + 1):
            asked = f"{self.place(*steps)}?page={page}&limit={PER_PAGE}{more}"
            answer = await self.platform.call("GET", asked)
            said = decoded(self.platform.name, answer.body)
            entries = read_all(self.platform.name, model, said)
            found.extend(entries)
            left = answer.headers.get("x-hasmore", "").lower()
            if left != "true" or not entries:
                return Listed(found, left == "false")
        return Listed(found, False)

    def place(self, *steps: str) -> str:
        return path("api", "v1", "repos", *self.repository.split("/"), *steps)


def _date(said: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(said)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
