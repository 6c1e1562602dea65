"""How is Bitbucket Data Center asked about one repository, and which of its answers can be read?

REST, as its OpenAPI document of 9.2 has it: `/rest/api/latest/projects/{key}/repos/{slug}/…`; pages
begin at `start`, and end with `isLastPage`. It sends addresses along, too: none is ever followed.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.pipelines import merging
from bot.pipelines.bitbucket_server.payloads import Page, Problems
from bot.pipelines.platform import (
    Answer,
    Listed,
    Refused,
    Unreadable,
    decoded,
    path,
    read,
)

PER_PAGE = 100  # page.max.commits: no page of commits is longer

LARGEST_FILE = 65_536
NO_FILE = "com.atlassian.bitbucket.content.NoSuchPathException"


@dataclass(frozen=True, slots=True)
class Questions(merging.Questions):
    """Paths begin below the repository, "KEY/slug". All raise Undelivered or Unreachable."""

    async def commits(
        self, model: type[Answer], head: str, base: str, *, pages: int
    ) -> Listed[Answer]:
        """What can be reached from `head` and not from `base`, newest first: that never changes."""
        found: list[Answer] = []
        start = 0
        for _ in range(pages):
            between = f"until={head}&since={base}&limit={PER_PAGE}&start={start}"
            page = await self._page(model, f"{self.place('commits')}?{between}")
            found.extend(page.values)
            after = page.next_page_start
            if page.is_last_page or after is None or after <= start:
                return Listed(found, page.is_last_page is True)
            start = after
        return Listed(found, False)

    async def changes(self, model: type[Answer], number: str, *, limit: int) -> Page[Answer]:
        """The files of a pull request, and of which head: there is one page and no other."""
        asked = self.place("pull-requests", number, "changes")
        return await self._page(model, f"{asked}?limit={limit}&withComments=false")

    async def text(self, file: str, revision: str) -> str | None:
        """None: there is no such file. Raises Unreadable where it is none that we read."""
        asked = f"{self.place('raw', file)}?at={revision}"
        try:
            body = (await self.platform.call("GET", asked, headers={"accept": "*/*"})).body
        except Refused as refused:
            if refused.answer.status == 404 and self._is_no_file(refused.answer.body):
                return None
            raise
        if len(body) > LARGEST_FILE:
            raise Unreadable(f"{file} is too large")
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Unreadable(f"{file} is no text") from error

    def place(self, *steps: str) -> str:
        key, _, slug = self.repository.partition("/")
        return path("rest", "api", "latest", "projects", key, "repos", slug, *steps)

    async def _page(self, model: type[Answer], asked: str) -> Page[Answer]:
        return await self.platform.get(asked, Page[model])  # type: ignore[valid-type]

    def _is_no_file(self, body: bytes) -> bool:
        """A commit or a repository that it does not find is another matter."""
        said = read(self.platform.name, Problems, decoded(self.platform.name, body))
        return [it.exception_name for it in said.errors] == [NO_FILE]
