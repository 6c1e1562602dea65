"""What do the files say that govern a change: CODEOWNERS, and the repository's own policy?

Folders are listed, and what they hold is read by its number: so a file that is not there differs
from one we may not see, and no name of a file stands in an address.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from bot.domain.change import Ownership
from bot.domain.owners import LARGEST, LOCATIONS, Dialect
from bot.pipelines.gitlab.api import GitLab, Unreadable
from bot.pipelines.owning import owned
from bot.pipelines.platform import path as below
from bot.pipelines.told import Sha
from bot.ports import Undelivered

CODEOWNERS = LOCATIONS[Dialect.GITLAB]
"""The first that is there counts."""

POLICIES = (".gitlab/.countersign.yaml", ".countersign.yaml")
"""All that are there count: a second one cannot put the first aside."""

LONGEST_POLICY = 65_536
MOST_ENTRIES = 2_000

NO_POLICY = "cannot be read"
"""Stands for a policy we could not read: no reader takes it for one."""

log = logging.getLogger(__name__)


class Unknown(Exception):
    """There may be a file, and we cannot read it."""


class TreeEntry(BaseModel):
    id: Sha
    name: str
    type: str


class Blob(BaseModel):
    size: Annotated[int, Field(ge=0, le=LARGEST)]
    encoding: Literal["base64"]
    content: str


@dataclass(slots=True, kw_only=True)
class Contents:
    """The files of one project; what was read once is kept for as long as this is."""

    gitlab: GitLab
    project: int
    _folders: dict[tuple[str, str], Mapping[str, TreeEntry]] = field(default_factory=dict)

    async def owners(
        self, revisions: Iterable[str], paths: tuple[str, ...]
    ) -> tuple[Ownership, ...] | None:
        """Who owns `paths` by any of these revisions. None: it cannot be known.

        Raises Undelivered or Unreachable where asking again may help.
        """
        try:
            texts = [await self._first(revision) for revision in revisions]
        except Unknown as problem:
            log.warning("owners in project %s are unknown: %s", self.project, problem)
            return None
        found = [text for text in texts if text is not None]
        return await asyncio.to_thread(owned, found, Dialect.GITLAB, paths)

    async def policies(self, revisions: Iterable[str]) -> tuple[str, ...]:
        """What these revisions hold of it, each text once. Raises Undelivered or Unreachable.

        One that cannot be read might ask for more than we know: it is handed on as a text that is
        no policy, so that a senior has to sign.
        """
        found: dict[str, None] = {}
        for revision in revisions:
            for path in POLICIES:
                try:
                    text = await self._text(path, revision)
                except Unknown as problem:
                    log.warning("a policy in project %s is unknown: %s", self.project, problem)
                    text = NO_POLICY
                if text is not None:
                    found[text if len(text) <= LONGEST_POLICY else NO_POLICY] = None
        return tuple(found)

    async def _first(self, revision: str) -> str | None:
        for path in CODEOWNERS:
            text = await self._text(path, revision)
            if text is not None:
                return text
        return None

    async def _text(self, path: str, revision: str) -> str | None:
        """None: there is no such file. Raises Unknown, or Undelivered or Unreachable for now."""
        try:
            return await self._read(path, revision)
        except (Unreadable, ValueError) as error:
            raise Unknown(f"{path} at {revision[:12]} cannot be read") from error
        except Undelivered as refused:
            if refused.final:
                raise Unknown(f"{path} at {revision[:12]} cannot be read: {refused}") from refused
            raise

    async def _read(self, path: str, revision: str) -> str | None:
        folder, _, name = path.rpartition("/")
        if folder and folder not in await self._folder("", revision):
            return None
        entry = (await self._folder(folder, revision)).get(name)
        if entry is None:
            return None
        if entry.type != "blob":
            raise ValueError("it is no file")
        blob = await self.gitlab.one(Blob, self._repository("blobs", entry.id))
        content = base64.b64decode(blob.content)
        if len(content) != blob.size:
            raise ValueError("not as long as GitLab says")
        return content.decode("utf-8-sig")

    async def _folder(self, folder: str, revision: str) -> Mapping[str, TreeEntry]:
        """What it holds, by name. Raises ValueError if that is more than we list."""
        key = (folder, revision)
        if key not in self._folders:
            query = f"?ref={revision}" + (f"&path={quote(folder)}" if folder else "")
            listed = await self.gitlab.pages(
                TreeEntry, self._repository("tree") + query, most=MOST_ENTRIES
            )
            if not listed.complete:
                raise ValueError("there are too many files beside it")
            self._folders[key] = {entry.name: entry for entry in listed.entries}
        return self._folders[key]

    def _repository(self, *steps: str) -> str:
        return below("projects", str(self.project), "repository", *steps)
