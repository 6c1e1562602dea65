"""What does the `data` of a generic change say? Its shape (DESIGN.md, 4.3), strictly.

An unknown key is refused: a typing error in an optional one (`comits`, `ai_assisted`) would
otherwise lose what it said, and nobody would notice. null means the same as leaving a key out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from bot.domain.change import AiStatement, Change, Check, Commit, FileChange, Identity, Kind
from bot.sender import matches_prefix

MAX_TEXT = 65_536

# NUL is refused everywhere: PostgreSQL cannot store it.
_TEXT = r"^[^\x00]*$"
_LINE = r"^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$"
# No space at either end: " production" must not slip past a rule about "production"; nor may
# letters of another alphabet that look the same.
_NAME = (
    r"^[^\p{Cc}\p{Cf}\p{Co}\p{Z}]"
    r"([^\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Co}\p{Z}])?$"
)
_TITLE = r"^[^\x00]*[^\x00\s][^\x00]*$"
_REPOSITORY = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$"
_ENVIRONMENT = r"^[!-~]([ -~]*[!-~])?$"
_REVISION = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
_SHA = r"^[0-9a-f]{7,64}$"
_URL = r"^https?://[^\p{C}\p{Z}]+$"
_DIGEST = r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"

FORMATS = {
    _TEXT: "must not hold NUL characters",
    _LINE: "must be one line without control characters",
    _NAME: "must not be empty, begin or end with a space, or hold control characters",
    _TITLE: "must not be empty or hold NUL characters",
    _REPOSITORY: "must look like owner/name, in ASCII letters, digits, dots, - and _",
    _ENVIRONMENT: (
        "must be in ASCII, and must not be empty, begin or end with a space, "
        "or hold control characters"
    ),
    _REVISION: "must be a full commit id: 40 or 64 lower-case hex digits",
    _SHA: "must be a commit id in lower-case hex digits",
    _URL: "must be an http:// or https:// address; leave it out if there is none",
    _DIGEST: "must be sha256:… or sha512:… with lower-case hex digits",
}
"""What each pattern means to the person who has to mend a message."""

# Whatever spells a path another way than git does would slip past a rule about paths.
_WRONG_PATHS = {
    r'^"': 'must not begin with ": send paths unquoted, core.quotePath=false',
    r"\\": "must not hold a backslash: folders are separated by /",
    r"^/": "must not begin with /: paths start at the root of the repository",
    r"(^|/)\.\.?(/|$)": "must not hold . or .. between slashes",
    r"//|/$": "must not hold an empty name between slashes, or end with a slash",
    r"^\s|\s$": "must not begin or end with a space",
}
_UNSEEN = ("Cc", "Cf", "Zl", "Zp")


def _repository(text: str) -> str:
    if {".", ".."} & set(text.split("/")):
        raise ValueError("must not hold . or .. between slashes")
    return text


def _path(text: str) -> str:
    for pattern, words in _WRONG_PATHS.items():
        if re.search(pattern, text):
            raise ValueError(words)
    if not text.isprintable() and any(unicodedata.category(char) in _UNSEEN for char in text):
        raise ValueError("must not hold control or invisible characters")
    return text


Line = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
Long = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=_TEXT)]
Url = Annotated[str, StringConstraints(max_length=2_048, pattern=_URL)]
Signature = Annotated[str, StringConstraints(max_length=1_000, pattern=_TEXT)]
Path = Annotated[
    str, StringConstraints(min_length=1, max_length=4_096, pattern=_TEXT), AfterValidator(_path)
]
Repository = Annotated[
    str, StringConstraints(max_length=200, pattern=_REPOSITORY), AfterValidator(_repository)
]
Environment = Annotated[str, StringConstraints(max_length=100, pattern=_ENVIRONMENT)]
Revision = Annotated[str, StringConstraints(pattern=_REVISION)]
Digest = Annotated[str, StringConstraints(pattern=_DIGEST)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Stated(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Somebody(_Stated):
    """Git takes nearly anything for a name or an address, so we take it too."""

    login: Line | None = None
    email: Signature | None = None
    name: Signature | None = None

    def identity(self) -> Identity:
        return Identity(login=self.login or "", email=self.email or "", name=self.name or "")


class Known(Somebody):
    """Somebody who can be looked up: a name alone identifies nobody."""

    @model_validator(mode="after")
    def _identifies(self) -> Self:
        if not (self.login or self.email):
            raise ValueError("must have a login or an email")
        return self


class StatedCommit(_Stated):
    sha: Annotated[str, StringConstraints(pattern=_SHA)]
    message: Long | None = None
    author: Somebody | None = None
    committer: Somebody | None = None

    def commit(self) -> Commit:
        return Commit(
            sha=self.sha,
            message=self.message or "",
            author=self.author.identity() if self.author else Identity(),
            committer=self.committer.identity() if self.committer else Identity(),
        )


class StatedFile(_Stated):
    path: Path
    previous_path: Path | None = None
    additions: Count | None = None
    deletions: Count | None = None

    def file(self) -> FileChange:
        return FileChange(
            path=self.path,
            previous_path=self.previous_path,
            additions=self.additions or 0,
            deletions=self.deletions or 0,
        )


class StatedAi(_Stated):
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


class StatedCheck(_Stated):
    name: Line
    conclusion: Line
    url: Url | None = None

    def check(self) -> Check:
        return Check(name=self.name, conclusion=self.conclusion, url=self.url or "")


def _under_prefix(url: str, info: ValidationInfo) -> str:
    """Checked here so that it is told together with all the other problems."""
    prefix: str = (info.context or {}).get("callback_prefix", "")
    if matches_prefix(url, prefix):
        return url
    raise ValueError(
        "must lie under the callback_prefix of this connection"
        if prefix
        else "must be left out: this connection has no callback_prefix"
    )


class StatedChange(_Stated):
    """To be validated with the connection's `callback_prefix` as context."""

    key: Annotated[str, StringConstraints(max_length=200, pattern=_NAME)]
    repository: Repository
    revision: Revision
    environment: Environment
    title: Annotated[str, StringConstraints(max_length=500, pattern=_TITLE)]
    author: Known
    base_revision: Revision | None = None
    kind: Literal["software", "infrastructure", "scaling"] | None = None
    description: Long | None = None
    url: Url | None = None
    triggered_by: Known | None = None
    commits: Annotated[list[StatedCommit], Field(max_length=1_000)] | None = None
    files: Annotated[list[StatedFile], Field(max_length=5_000)] | None = None
    artifact_digest: Digest | None = None
    ai: StatedAi | None = None
    checks: Annotated[list[StatedCheck], Field(max_length=500)] | None = None
    callback_url: Annotated[Url, AfterValidator(_under_prefix)] | None = None

    def _knows_all_files(self) -> bool:
        """Scaling may touch no file; a list of none of any other change is a list not made."""
        return bool(self.files) or (self.files is not None and self.kind == "scaling")

    def change(self, *, connection: str, link: str) -> Change:
        """The same as a Change; what was not said is unknown, never empty and complete."""
        return Change(
            connection=connection,
            key=self.key,
            repository=self.repository,
            revision=self.revision,
            environment=self.environment,
            title=self.title,
            author=self.author.identity(),
            base_revision=self.base_revision or "",
            kind=Kind(self.kind or Kind.SOFTWARE),
            description=self.description or "",
            url=self.url or "",
            link=link,
            triggered_by=self.triggered_by.identity() if self.triggered_by else None,
            commits=tuple(commit.commit() for commit in self.commits or ()),
            commits_complete=self.commits is not None,
            files=tuple(file.file() for file in self.files or ()),
            files_complete=self._knows_all_files(),
            artifact_digest=self.artifact_digest or "",
            ai=self.ai.statement() if self.ai else None,
            checks=tuple(check.check() for check in self.checks or ()),
            reply_to={"callback_url": self.callback_url} if self.callback_url else {},
        )
