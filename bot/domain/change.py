"""What would a pipeline like to ship? The facts of one change, as they were stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What sort of change it is."""

    SOFTWARE = "software"
    INFRASTRUCTURE = "infrastructure"
    SCALING = "scaling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody, as the outside names them: any of the fields may be empty.

    `kind` is what the platform says the account is ("User", "Bot"), where it says so.
    """

    login: str = ""
    email: str = ""
    name: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return self.login or self.email or self.name or "somebody unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    sha: str
    message: str = ""
    author: Identity = Identity()
    committer: Identity = Identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    path: str
    previous_path: str | None = None
    additions: int = 0
    deletions: int = 0

    @property
    def paths(self) -> tuple[str, ...]:
        """Both names of a renamed file: the rules of either may apply."""
        return (self.path, self.previous_path) if self.previous_path else (self.path,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AiStatement:
    """What the author's side says about AI. `assisted` None: they gave details but no yes or no."""

    assisted: bool | None = None
    tools: tuple[str, ...] = ()
    prompted_by: Identity | None = None
    rationale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    conclusion: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change a pipeline wants to ship.

    `connection` and `key` name it: the same key on the same connection is the same change.
    `reply_to` is the return address; only the adapter that wrote it reads it.
    `link` is an address the adapter built itself and vouches for; `url` is only what was said.
    `files_complete` and `commits_complete` are False where the list is missing or was cut off:
    rules about what we cannot see apply.
    """

    connection: str
    key: str
    repository: str
    revision: str
    environment: str
    title: str
    author: Identity
    base_revision: str = ""
    kind: Kind = Kind.SOFTWARE
    description: str = ""
    url: str = ""
    link: str = ""
    branch: str = ""
    triggered_by: Identity | None = None
    commits: tuple[Commit, ...] = ()
    commits_complete: bool = True
    files: tuple[FileChange, ...] = ()
    files_complete: bool = True
    artifact_digest: str = ""
    ai: AiStatement | None = None
    checks: tuple[Check, ...] = ()
    reply_to: Mapping[str, str] = field(default_factory=dict)

    @property
    def additions(self) -> int:
        return sum(file.additions for file in self.files)

    @property
    def deletions(self) -> int:
        return sum(file.deletions for file in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for file in self.files for path in file.paths)
