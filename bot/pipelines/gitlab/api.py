"""How is GitLab asked and told things, and which of its answers can be read?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.pipelines.answers import until
from bot.pipelines.parts import Parts
from bot.pipelines.platform import (
    Answer,
    Listed,
    Platform,
    Refused,
    Unreadable,
    decoded,
    read,
    read_all,
)
from bot.ports import Response, Undelivered

NAME = "GitLab"
PER_PAGE = 100

_PAGE = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class GitLab:
    """Version 4 of the API; paths begin below it. All raise Unreadable, Refused, Undelivered or
    Unreachable.
    """

    platform: Platform

    async def one(self, model: type[Answer], path: str) -> Answer:
        return read(NAME, model, decoded(NAME, (await self._call("GET", path)).body))

    async def pages(
        self, model: type[Answer], path: str, *, most: int, per_page: int = PER_PAGE
    ) -> Listed[Answer]:
        """All it lists, up to `most`; of its links to further pages only the number is believed."""
        found: list[Answer] = []
        page, mark = 1, "&" if "?" in path else "?"
        while len(found) < most:
            answer = await self._call("GET", f"{path}{mark}per_page={per_page}&page={page}")
            entries = read_all(NAME, model, decoded(NAME, answer.body))
            found.extend(entries)
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
            # How long a rush lasts, where it says so with the moment of its end only.
            reset = refused.answer.headers.get("ratelimit-reset", "")
            pause = until(reset, self.platform.clock()) if refused.answer.status == 429 else None
            if refused.retry_after is None and pause is not None:
                raise Undelivered(str(refused), retry_after=pause) from refused
            raise


def gitlab(parts: Parts) -> GitLab:
    platform = parts.platform(NAME, {"private-token": parts.secrets["api_token"]})
    return GitLab(replace(platform, url=f"{parts.url}/api/v4"))


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
