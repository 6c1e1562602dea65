"""What does the `data` of a generic change say? Its shape (DESIGN.md, 4.3), strictly.

An unknown key is refused: a typing error in an optional one (`comits`, `ai_assisted`) would
otherwise lose what it said, and nobody would notice. null means the same as leaving a key out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from bot.addresses import matches_prefix
from bot.domain.change import Change, Kind, Resource
from bot.domain.risk.plans import resources
from bot.pipelines.stated_parts import (
    Known,
    StatedAi,
    StatedCheck,
    StatedCommit,
    StatedFile,
    StatedIncident,
    StatedOwners,
    StatedScaling,
    StatedTouch,
)
from bot.pipelines.stated_words import (
    Branch,
    Digest,
    Environment,
    Key,
    Label,
    Line,
    Lineage,
    Long,
    Repository,
    Revision,
    Stated,
    Title,
    Url,
)


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


def _unless_pushed(environment: str | None, info: ValidationInfo) -> str | None:
    if environment is None and not (info.context or {}).get("pushed"):
        raise ValueError("is required")
    return environment


def _resources(plan: object) -> tuple[Resource, ...] | None:
    found = None if plan is None else resources(plan)
    if found is None and plan is not None:
        raise ValueError("must be what `terraform show -json` says of a plan")
    return found


class StatedLanding(Stated):
    """What came of the change of this key; `detail` is one line for people."""

    key: Key
    detail: Line | None = None


class StatedChange(Stated):
    """To be validated with the connection's `callback_prefix` as context, and whether it is only
    `pushed`: then no environment is needed."""

    key: Key
    repository: Repository
    revision: Revision
    environment: Annotated[
        Environment | None, Field(validate_default=True), AfterValidator(_unless_pushed)
    ] = None
    title: Title
    author: Known
    base_revision: Revision | None = None
    tree: Revision | None = None
    kind: Literal["software", "infrastructure", "scaling"] | None = None
    description: Long | None = None
    url: Url | None = None
    lineage: Lineage | None = None
    branch: Branch | None = None
    labels: Annotated[list[Label], Field(max_length=100)] | None = None
    partial: bool | None = None
    triggered_by: Known | None = None
    pushed_by: Annotated[list[Known], Field(max_length=100)] | None = None
    commits: Annotated[list[StatedCommit], Field(max_length=1_000)] | None = None
    files: Annotated[list[StatedFile], Field(max_length=5_000)] | None = None
    codeowners: StatedOwners | None = None
    policies: Annotated[list[Long], Field(max_length=10)] | None = None
    artifact_digest: Digest | None = None
    ai: StatedAi | None = None
    checks: Annotated[list[StatedCheck], Field(max_length=500)] | None = None
    plan: Annotated[tuple[Resource, ...] | None, PlainValidator(_resources)] = None
    scaling: Annotated[list[StatedScaling], Field(max_length=500)] | None = None
    incidents: Annotated[list[StatedIncident], Field(max_length=100)] | None = None
    history: Annotated[list[StatedTouch], Field(max_length=500)] | None = None
    callback_url: Annotated[Url, AfterValidator(_under_prefix)] | None = None

    def reply_to(self) -> Mapping[str, str]:
        """Where the answer goes, in words of the pipeline's own."""
        return {"callback_url": self.callback_url} if self.callback_url else {}

    def _knows_all_files(self) -> bool:
        """Scaling may touch no file; a list of none of any other change is a list not made."""
        if self.partial:
            return False
        return bool(self.files) or (self.files is not None and self.kind == "scaling")

    def change(self, *, connection: str, link_prefix: str = "") -> Change:
        """The same as a Change; what was not said is unknown, never empty and complete. An address
        under `link_prefix` is vouched for.
        """
        url = self.url or ""
        files = tuple(file.file() for file in self.files or ())
        paths = tuple(path for file in files for path in file.paths)
        return Change(
            connection=connection,
            key=self.key,
            repository=self.repository,
            revision=self.revision,
            environment=self.environment or "",
            title=self.title,
            author=self.author.identity(),
            base_revision=self.base_revision or "",
            tree=self.tree or "",
            kind=Kind(self.kind or Kind.SOFTWARE),
            description=self.description or "",
            url=url,
            link=url if matches_prefix(url, link_prefix) else "",
            branch=self.branch or "",
            triggered_by=self.triggered_by.identity() if self.triggered_by else None,
            commits=tuple(commit.commit() for commit in self.commits or ()),
            commits_complete=self.commits is not None and not self.partial,
            files=files,
            files_complete=self._knows_all_files(),
            artifact_digest=self.artifact_digest or "",
            ai=self.ai.statement() if self.ai else None,
            checks=tuple(check.check() for check in self.checks or ()),
            lineage=self.lineage or self.url or "",
            labels=tuple(self.labels or ()),
            pushers=tuple(somebody.identity() for somebody in self.pushed_by or ()),
            owners=self.codeowners.of(paths) if self.codeowners else None,
            policies=tuple(self.policies or ()),
            plan=self.plan,
            scaling=tuple(bound.scaling() for bound in self.scaling or ()),
            incidents=tuple(incident.incident() for incident in self.incidents or ()),
            touches=tuple(touch.touch() for touch in self.history or ()),
            reply_to=self.reply_to(),
        )
