"""What waits to be merged, whichever forge it is on? The head of a pull request, for one branch.

The answer is a status of that very commit, named after the branch it goes into: so a yes is none for
what is pushed later, and none once the pull request is sent elsewhere.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from bot.domain.change import Change, Commit, FileChange, Identity, Work
from bot.domain.risk.diffs import inspect
from bot.domain.signoff import Signoff
from bot.pipelines.platform import Answer, Platform
from bot.pipelines.sentence import ended, sentence, waits
from bot.pipelines.told import first_line, is_revision
from bot.ports import Abandoned, Merged, Undelivered

LONGEST_TEXT = 65_536
LONGEST_WORD = 140
MOST_LABELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request, as its forge told us. `sender` is whoever set off the delivery."""

    repository: str
    number: int
    title: str
    text: str
    author: Identity
    head: str
    branch: str
    base: str
    target: str
    link: str
    labels: tuple[str, ...] = ()
    sender: Identity | None = None

    @property
    def lineage(self) -> str:
        return f"pull/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Its commits and files; not complete unless we know that these are all."""

    commits: tuple[Commit, ...] = ()
    commits_complete: bool = False
    files: tuple[FileChange, ...] = ()
    files_complete: bool = False


@dataclass(frozen=True, slots=True)
class Questions(ABC):
    """About one repository, as its forge calls it. All raise Undelivered or Unreachable."""

    platform: Platform
    repository: str

    async def one(self, model: type[Answer], *steps: str) -> Answer:
        return await self.platform.get(self.place(*steps), model)

    @abstractmethod
    def place(self, *steps: str) -> str:
        """The path of what lies so far below the repository."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a status of this forge is called."""

    waits: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge(ABC):
    """What every adapter of one has. `status` is what we call ours, `environment` what rules call the
    place that it guards.
    """

    name: str
    platform: Platform
    secrets: tuple[bytes, ...] = field(repr=False)
    status: str
    environment: str
    words: ClassVar[Words]

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError(f"connection {self.name} has no secret")

    @property
    def reopens(self) -> bool:
        """A status can be set anew."""
        return True

    @property
    def fetches(self) -> bool:
        return True

    async def show_waiting(self, signoff: Signoff) -> None:
        await self._set(signoff, self.words.waits, waits(signoff))

    async def report(self, signoff: Signoff) -> None:
        state = self.words.yes if signoff.status.proceed else self.words.no
        await self._set(signoff, state, sentence(signoff, LONGEST_WORD))

    async def take_back(self, signoff: Signoff) -> None:
        await self._set(signoff, self.words.no, ended(signoff, LONGEST_WORD))

    @abstractmethod
    async def _set(self, signoff: Signoff, state: str, why: str) -> None:
        """The status of what it is about; a repeated answer does no harm."""

    def waiting(self, pull: Pull, contents: Contents) -> Change:
        """To be merged: several may wait for the same branch at once."""
        return Change(
            connection=self.name,
            key=f"{pull.repository}/{pull.lineage}/{spelled(pull.target)}/{pull.head}",
            repository=pull.repository,
            revision=pull.head,
            environment=self.environment,
            title=first_line(pull.title) or f"Pull request {pull.number}",
            author=pull.author,
            base_revision=pull.base,
            base_branch=pull.target,
            description=pull.text[:LONGEST_TEXT],
            url=pull.link,
            link=pull.link,
            branch=pull.branch,
            triggered_by=pull.sender,
            commits=contents.commits,
            commits_complete=contents.commits_complete,
            files=contents.files,
            files_complete=contents.files_complete,
            lineage=pull.lineage,
            labels=pull.labels[:MOST_LABELS],
            pushers=(pull.sender,) if pull.sender else (),
            reply_to={
                "repository": pull.repository,
                "sha": pull.head,
                "status": f"{self.status}/{pull.target}",
            },
            shows_waiting=True,
            by_lineage=True,
        )

    def given_up(self, repository: str, lineage: str) -> Abandoned:
        """It was closed, and not merged: whatever revision of it waits."""
        return Abandoned(work=self._work(repository, lineage), why="The pull request was closed")

    def merged(self, repository: str, lineage: str, head: str, branch: str, by: str = "") -> Merged:
        """It was merged, whether or not it had our status."""
        return Merged(
            work=self._work(repository, lineage),
            revisions=(head,),
            branch=branch,
            what=f"{head} of {repository}, {lineage}",
            by=by,
        )

    def _work(self, repository: str, lineage: str) -> Work:
        return Work(
            connection=self.name,
            repository=repository,
            environment=self.environment,
            lineage=lineage,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The status that waits for the answer."""

    repository: str
    sha: str
    status: str


def place(signoff: Signoff) -> Place:
    """Raises Undelivered where its return address names none, or one of another commit."""
    change, to = signoff.change, signoff.change.reply_to
    found = Place(to.get("repository", ""), to.get("sha", ""), to.get("status", ""))
    right = found.sha == change.revision and is_revision(found.sha) and found.status
    if not right or found.repository != change.repository:
        raise Undelivered("its return address names no commit of this forge", final=True)
    return found


def spelled(branch: str) -> str:
    """A branch as part of a key: so long that nobody finds another that is spelled so."""
    return hashlib.sha256(branch.encode()).hexdigest()[:12]


def unseen(
    path: str, previous_path: str | None, status: str, added: int | None, deleted: int | None
) -> FileChange:
    """A file of which the forge says no more than that it changes."""
    seen = inspect(path, None, previous_path=previous_path, status=status)
    return FileChange(
        path=path,
        previous_path=previous_path,
        additions=added or 0,
        deletions=deleted or 0,
        counted=added is not None and deleted is not None,
        status=status,
        marks=seen.marks,
        settings=seen.settings,
        digest=seen.digest,
    )
