"""What do the deliveries and answers of Bitbucket Cloud look like, as far as we read them?

Tolerant on purpose: Bitbucket adds fields at will. Nicknames and display names are whatever people
choose; of an account only its uuid is its own, so that is its login here.
"""

from __future__ import annotations

import re
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, StringConstraints

from bot.domain.change import Commit, FileChange, Identity
from bot.pipelines.merging import Pull, unseen
from bot.pipelines.told import FORMATS as TOLD_FORMATS
from bot.pipelines.told import FullName, Lines, Moment, Number, Payload, Sha, Text

_SHORT = r"^[0-9a-f]{7,64}$"

FORMATS = TOLD_FORMATS | {_SHORT: "must be a commit id in lower-case hex digits"}

_STATUSES = {"added": "added", "modified": "modified", "removed": "removed", "renamed": "renamed"}
_RAW = re.compile(r"(?P<name>[^<>]{0,1000}?)\s*<(?P<email>[^<>]{0,1000})>")


Path = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


class Account(Payload):
    uuid: Text = ""
    display_name: Text = ""
    type: Text = ""

    def identity(self) -> Identity:
        return Identity(login=self.uuid.strip("{}"), name=self.display_name)


class Named(Payload):
    name: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class Short(Payload):
    """Of a commit, Bitbucket says the first twelve digits here: they may be those of another, too."""

    hash: Annotated[str, StringConstraints(pattern=_SHORT)]


class Whole(Payload):
    """A commit, as it is called in full."""

    hash: Sha


class End(Payload):
    branch: Named
    commit: Short


class PullRequest(Payload):
    id: Number
    title: Text = ""
    description: Text = ""
    state: Text = ""
    closed_by: Account | None = None
    author: Account | None = None
    source: End
    destination: End

    def may_be(self, other: PullRequest) -> bool:
        """Whether it is the same commit on the way to the same branch, as far as we are told."""
        here, there = self.source.commit.hash, other.source.commit.hash
        same = here.startswith(there) or there.startswith(here)
        return same and self.destination.branch == other.destination.branch

    def pull(self, repository: str, head: str, link: str, actor: Account | None) -> Pull:
        return Pull(
            repository=repository,
            number=self.id,
            title=self.title,
            text=self.description,
            author=self.author.identity() if self.author else Identity(),
            head=head,
            branch=self.source.branch.name,
            base="",  # it moves on, and this stays the same change
            target=self.destination.branch.name,
            link=link,
            sender=actor.identity() if actor and actor.uuid else None,
        )


class Repository(Payload):
    full_name: FullName


class RepositoryNow(Payload):
    mainbranch: Named | None = None


class PullSeen(Payload):
    """`pullrequest:created` and `pullrequest:updated`."""

    pullrequest: PullRequest
    repository: Repository
    actor: Account | None = None


class Signature(Payload):
    """`raw` is what git says, "Jun <jun@acme.example>"."""

    raw: Text = ""
    user: Account | None = None

    def identity(self) -> Identity:
        found = _RAW.fullmatch(self.raw.strip())
        email, name = (found["email"], found["name"]) if found else ("", self.raw)
        login = self.user.identity().login if self.user else ""
        return Identity(login=login, email=email, name=name)


class CommitEntry(Payload):
    hash: Sha
    message: Text = ""
    author: Signature = Signature()
    date: Moment = None

    def to_commit(self) -> Commit:
        return Commit(
            sha=self.hash,
            message=self.message,
            author=self.author.identity(),
            authored_at=self.date,
        )


class Place(Payload):
    path: Path


class FileEntry(Payload):
    """One line of a diffstat; `old` and `new` are the same place unless it moved."""

    status: Text = ""
    old: Place | None = None
    new: Place | None = None
    lines_added: Lines | None = None
    lines_removed: Lines | None = None

    def to_file(self) -> FileChange | None:
        """None if it names no file at all."""
        old, new = self.old and self.old.path, self.new and self.new.path
        if not (here := new or old):
            return None
        before = old if old and old != here else None
        status = _STATUSES.get(self.status, "")
        return unseen(here, before, status, self.lines_added, self.lines_removed)


Entry = TypeVar("Entry", bound=BaseModel)


class Page(Payload, Generic[Entry]):
    values: list[Entry]
    next: str | None = None
    size: Lines | None = None
