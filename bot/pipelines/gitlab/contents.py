"""How are the files of a project read that govern a change?

Folders are listed, and what they hold is read by its number: so a file that is not there differs
from one we may not see, and no name of a file stands in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from bot.domain.owners import LARGEST, LOCATIONS, POLICIES, Dialect
from bot.pipelines.gitlab.api import GitLab
from bot.pipelines.governing import GoverningFiles, text_of
from bot.pipelines.platform import path as below
from bot.pipelines.told import Sha

CODEOWNERS = LOCATIONS[Dialect.GITLAB]
POLICY_FILES = POLICIES[Dialect.GITLAB]

MOST_ENTRIES = 2_000


class TreeEntry(BaseModel):
    id: Sha
    name: str
    type: str


class Blob(BaseModel):
    size: Annotated[int, Field(ge=0, le=LARGEST)]
    encoding: Literal["base64"]
    content: str


def governing_files(gitlab: GitLab, project: int) -> GoverningFiles:
    return GoverningFiles(
        where=f"project {project}",
        dialect=Dialect.GITLAB,
        policy_files=POLICY_FILES,
        read=Contents(gitlab=gitlab, project=project).text,
    )


@dataclass(slots=True, kw_only=True)
class Contents:
    """The files of one project; what was listed once is kept for as long as this is."""

    gitlab: GitLab
    project: int
    _folders: dict[tuple[str, str], Mapping[str, TreeEntry]] = field(default_factory=dict)

    async def text(self, path: str, revision: str) -> str | None:
        """None: there is no such file. Raises ValueError, Undelivered or Unreachable."""
        folder, _, name = path.rpartition("/")
        if folder and folder not in await self._folder("", revision):
            return None
        entry = (await self._folder(folder, revision)).get(name)
        if entry is None:
            return None
        if entry.type != "blob":
            raise ValueError("it is no file")
        blob = await self.gitlab.one(Blob, self._repository("blobs", entry.id))
        return text_of(blob.content, blob.size)

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
