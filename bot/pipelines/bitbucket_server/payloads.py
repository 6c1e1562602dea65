"""What do the deliveries and answers of Bitbucket Data Center look like, as far as we read them?

Deliveries: Atlassian's "Event payload" (5.4 to 9.1), with the samples of its webhooks. Answers: its
OpenAPI document of 9.2. That `changes` says `fromHash` and `toHash`, and that moments are counted
in milliseconds, is in recorded answers only: without them less is known, and nothing is guessed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from bot.domain.change import Commit, FileChange, Identity
from bot.pipelines.merging import Pull, unseen
from bot.pipelines.told import FORMATS as TOLD_FORMATS
from bot.pipelines.told import Number, Payload, Sha, Text

_PROJECT = r"^~?[A-Za-z0-9_.-]{1,128}$"
_SLUG = r"^[A-Za-z0-9_.-]{1,128}$"
_HEADS = "refs/heads/"
_BRANCH = r"^refs/heads/."

FORMATS = TOLD_FORMATS | {
    _PROJECT: "must be the key of a project",
    _SLUG: "must be the slug of a repository",
    _BRANCH: "must be a branch: refs/heads/…",
}

_STATUSES = {
    "ADD": "added",
    "COPY": "added",
    "DELETE": "removed",
    "MODIFY": "modified",
    "MOVE": "renamed",
}


def _millis(said: object) -> datetime | None:
    """Git takes any date; one that no calendar of ours holds is as good as none."""
    try:
        return datetime.fromtimestamp(said / 1_000, UTC) if type(said) is int else None
    except (ValueError, OverflowError, OSError):
        return None


Moment = Annotated[datetime | None, BeforeValidator(_millis)]
Step = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


class _Said(Payload):
    model_config = ConfigDict(alias_generator=to_camel)


class Account(_Said):
    """A user; or, of a commit, whatever git says: then it has no id, and its name is no login."""

    id: Number | None = None
    name: Text = ""
    display_name: Text = ""
    email_address: Text = ""

    def identity(self) -> Identity:
        return Identity(
            login=self.name if self.id else "",
            email=self.email_address,
            name=self.display_name or self.name,
        )


class Project(_Said):
    key: Annotated[str, StringConstraints(pattern=_PROJECT)]


class Repository(_Said):
    slug: Annotated[str, StringConstraints(pattern=_SLUG)]
    project: Project

    @property
    def full_name(self) -> str:
        return f"{self.project.key}/{self.slug}"


class Source(_Said):
    """Where it comes from; the repository may be a fork, and is none of our business."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    latest_commit: Sha


class Target(_Said):
    id: Annotated[str, StringConstraints(max_length=1_000, pattern=_BRANCH)]
    latest_commit: Sha
    repository: Repository

    @property
    def branch(self) -> str:
        """Not its `displayId`, which is for people."""
        return self.id.removeprefix(_HEADS)


class Author(_Said):
    user: Account | None = None


class PullRequest(_Said):
    id: Number
    version: int | None = None
    title: Text = ""
    description: Text = ""
    state: Text = ""
    updated_date: int | None = None
    author: Author | None = None
    from_ref: Source
    to_ref: Target

    @property
    def state_now(self) -> tuple[object, ...]:
        """What differs once something happened to it."""
        return self.version, self.updated_date, self.from_ref, self.to_ref

    def pull(self, repository: str, link: str, sender: Account | None) -> Pull:
        user = self.author.user if self.author else None
        return Pull(
            repository=repository,
            number=self.id,
            title=self.title,
            text=self.description,
            author=user.identity() if user else Identity(),
            head=self.from_ref.latest_commit,
            branch=self.from_ref.id.removeprefix(_HEADS),
            base="",  # it moves on, and this stays the same change
            target=self.to_ref.branch,
            link=link,
            sender=sender.identity() if sender and sender.id else None,
        )


class Before(_Said):
    id: Text = ""


class PullSeen(_Said):
    """`pr:opened`, `pr:from_ref_updated` and `pr:modified`, which alone has a `previousTarget`."""

    pull_request: PullRequest
    actor: Account | None = None
    previous_target: Before | None = None

    @property
    def only_words(self) -> bool:
        """Whether it was edited, and goes where it went."""
        before = self.previous_target
        return before is not None and before.id == self.pull_request.to_ref.id


class CommitEntry(_Said):
    id: Sha
    message: Text = ""
    author: Account | None = None
    committer: Account | None = None
    author_timestamp: Moment = None

    def to_commit(self) -> Commit:
        return Commit(
            sha=self.id,
            message=self.message,
            author=(self.author or Account()).identity(),
            committer=(self.committer or Account()).identity(),
            authored_at=self.author_timestamp,
        )


class Place(_Said):
    components: list[Step]


class FileEntry(_Said):
    type: Text = ""
    path: Place | None = None
    src_path: Place | None = None

    def to_file(self) -> FileChange | None:
        """None if it names no file at all."""
        here, before = _joined(self.path), _joined(self.src_path)
        if not here:
            return None
        moved = self.type != "COPY" and before and before != here
        status = _STATUSES.get(self.type, "")
        return unseen(here, before if moved else None, status, None, None)


def _joined(place: Place | None) -> str:
    return "/".join(place.components) if place else ""


Entry = TypeVar("Entry", bound=BaseModel)


class Page(_Said, Generic[Entry]):
    values: list[Entry]
    limit: Number | None = None
    is_last_page: bool | None = None
    next_page_start: int | None = None
    to_hash: Text = ""


class Problem(_Said):
    exception_name: Text = ""


class Problems(_Said):
    errors: list[Problem]
