"""Of what does a generic change consist? People, commits, files, and what else is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.domain.change import (
    AiNote,
    AiStatement,
    Check,
    Commit,
    FileChange,
    Identity,
    Incident,
    Ownership,
    Scaling,
    Touch,
)
from bot.domain.evidence.notes import read_note
from bot.domain.owners import Dialect
from bot.domain.risk.diffs import inspect
from bot.pipelines.owning import owned
from bot.pipelines.stated_words import (
    Account,
    Bound,
    Codeowners,
    Count,
    Line,
    Long,
    Mode,
    Moment,
    Patch,
    Path,
    Revision,
    Sha,
    Signature,
    Stated,
    Url,
)


class Somebody(Stated):
    """Git takes nearly anything for a name or an address, so we take it too."""

    login: Line | None = None
    email: Signature | None = None
    name: Signature | None = None
    id: Account | None = None

    def identity(self) -> Identity:
        return Identity(
            login=self.login or "", email=self.email or "", name=self.name or "", id=self.id or ""
        )


class Known(Somebody):
    """Somebody who can be looked up: a name alone identifies nobody."""

    @model_validator(mode="after")
    def _identifies(self) -> Self:
        if not (self.login or self.email):
            raise ValueError("must have a login or an email")
        return self


class StatedNote(Stated):
    """`checked`: our own CI wrote or checked it. A note that it only found there, anybody pushed."""

    ref: Line
    text: Patch
    checked: bool | None = None

    def note(self) -> AiNote | None:
        return read_note(self.ref, self.text, signed=self.checked is True)


class StatedCommit(Stated):
    sha: Sha
    message: Long | None = None
    author: Somebody | None = None
    committer: Somebody | None = None
    authored_at: Moment | None = None
    notes: Annotated[list[StatedNote], Field(max_length=20)] | None = None

    def commit(self) -> Commit:
        return Commit(
            sha=self.sha,
            message=self.message or "",
            author=self.author.identity() if self.author else Identity(),
            committer=self.committer.identity() if self.committer else Identity(),
            authored_at=self.authored_at,
            notes=tuple(note for said in self.notes or () if (note := said.note())),
        )


class StatedFile(Stated):
    path: Path
    previous_path: Path | None = None
    additions: Count | None = None
    deletions: Count | None = None
    status: Literal["added", "modified", "removed", "renamed"] | None = None
    patch: Patch | None = None
    mode: Mode | None = None
    blob: Revision | None = None

    def file(self) -> FileChange:
        """The patch is looked at here, and not kept."""
        seen = inspect(
            self.path,
            self.patch,
            previous_path=self.previous_path,
            status=self.status or "",
            blob=self.blob or "",
            mode=self.mode or "",
        )
        return FileChange(
            path=self.path,
            previous_path=self.previous_path,
            additions=self.additions or 0,
            deletions=self.deletions or 0,
            counted=self.additions is not None and self.deletions is not None,
            status=self.status or "",
            marks=seen.marks,
            settings=seen.settings,
            digest=seen.digest,
        )


class StatedAi(Stated):
    assisted: bool | None = None
    tools: Annotated[list[Line], Field(max_length=50)] | None = None
    prompted_by: Known | None = None
    rationale: Long | None = None

    def statement(self) -> AiStatement:
        return AiStatement(
            assisted=self.assisted,
            tools=tuple(self.tools or ()),
            prompted_by=self.prompted_by.identity() if self.prompted_by else None,
            rationale=self.rationale or "",
        )


class StatedCheck(Stated):
    name: Line
    conclusion: Line
    url: Url | None = None

    def check(self) -> Check:
        return Check(name=self.name, conclusion=self.conclusion, url=self.url or "")


class StatedOwners(Stated):
    """The CODEOWNERS of the base and, where the change touches it, of its head."""

    dialect: Literal["github", "gitlab"]
    base: Codeowners
    head: Codeowners | None = None

    def of(self, paths: Iterable[str]) -> tuple[Ownership, ...] | None:
        texts = (self.base,) if self.head is None else (self.base, self.head)
        return owned(texts, Dialect(self.dialect), paths)


class StatedScaling(Stated):
    resource: Line
    setting: Line
    before: Bound | None = None
    after: Bound | None = None
    recent_peak: Bound | None = None

    def scaling(self) -> Scaling:
        return Scaling(
            resource=self.resource,
            setting=self.setting,
            before=self.before,
            after=self.after,
            recent_peak=self.recent_peak,
        )


class StatedIncident(Stated):
    id: Line
    at: Moment
    title: Signature | None = None

    def incident(self) -> Incident:
        return Incident(id=self.id, at=self.at, title=self.title or "")


class StatedTouch(Known):
    commits: Annotated[Count, Field(ge=1)]
    last: Moment | None = None

    def touch(self) -> Touch:
        return Touch(who=self.identity(), commits=self.commits, last=self.last)
