"""What do GitLab's deliveries look like, as far as we read them?

Tolerant on purpose: GitLab adds fields at will, and which there are depends on its version.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from bot.pipelines.gitlab.entries import MOST_LABELS, Account
from bot.pipelines.told import Number, Sha

log = logging.getLogger(__name__)

ENDS = ("close", "merge")
"""After which it waits for nobody."""

REOPENED = "reopen"

SEEN = ("open", "reopen", "update")
"""What happens to a merge request that may bring evidence, or new commits."""

STARTS = ("", "start")
"""What a job may do to its environment so that it deploys: others stop or only prepare it."""

_ENVIRONMENT = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?")


class ProjectSeen(BaseModel):
    """What it is called, GitLab is asked: rules go by that. `path_with_namespace` is for the log."""

    id: Number
    path_with_namespace: str = ""


class Label(BaseModel):
    title: str = ""


class LastCommit(BaseModel):
    id: Sha


class MergeRequestSeen(BaseModel):
    """`oldrev` is there only if commits were pushed."""

    iid: Number
    action: str = ""
    state: str = ""
    oldrev: str | None = None
    updated_at: str = ""
    title: str = ""
    description: str | None = None
    source_branch: str = ""
    target_branch: str = ""
    last_commit: LastCommit | None = None
    labels: list[Label] | None = None

    @property
    def head(self) -> str:
        """Empty if there is no commit in it yet."""
        return self.last_commit.id if self.last_commit else ""

    @property
    def pushed(self) -> bool:
        """Whether whoever caused the delivery may have pushed; to edit makes nobody a contributor."""
        return self.action in ("open", "reopen") or bool(self.oldrev)

    @property
    def names(self) -> tuple[str, ...]:
        """Of its labels."""
        return tuple(it.title for it in self.labels or () if it.title)[:MOST_LABELS]


class Rule(BaseModel):
    """An external status check."""

    id: Number


class MergeRequestHook(BaseModel):
    """`changes` holds what was edited, by name."""

    object_kind: Literal["merge_request"]
    object_attributes: MergeRequestSeen
    project: ProjectSeen
    user: Account | None = None
    external_approval_rule: Rule | None = None
    changes: dict[str, Any] | None = None

    @property
    def sent_elsewhere(self) -> bool:
        """Whether it goes into another branch from now on."""
        return "target_branch" in (self.changes or {})


class Place(BaseModel):
    name: str = ""
    action: str | None = None


class Build(BaseModel):
    """`manual`: somebody has to start it; without it, one that is "manual" waits for approvals."""

    id: Number
    name: str = ""
    status: str = ""
    manual: bool = False
    environment: Place | None = None

    @property
    def waits_for(self) -> str:
        """The environment that it waits to be deployed to; empty if it does not."""
        place = self.environment
        if self.status != "manual" or place is None or (place.action or "") not in STARTS:
            return ""
        if not _ENVIRONMENT.fullmatch(place.name):
            log.warning("job %s waits for an environment whose name no rule can have", self.id)
            return ""
        return place.name


class Run(BaseModel):
    id: Number
    sha: Sha
    ref: str | None = None


class PipelineHook(BaseModel):
    object_kind: Literal["pipeline"]
    object_attributes: Run
    project: ProjectSeen
    user: Account | None = None
    builds: Annotated[list[Build], Field(max_length=5_000)] | None = None

    def waiting(self) -> Iterator[tuple[str, Build]]:
        """The environments that jobs wait for, the oldest job first."""
        for build in sorted(self.builds or (), key=lambda it: it.id):
            if place := build.waits_for:
                yield place, build


class DeploymentHook(BaseModel):
    """`deployable_id` is the job; null where no job deploys."""

    object_kind: Literal["deployment"]
    status: str = ""
    deployable_id: Number | None = None
    environment: str = ""
    short_sha: str = ""
    project: ProjectSeen

    @property
    def job(self) -> int | None:
        """None, too, if its environment has a name that no change could have had."""
        return self.deployable_id if _ENVIRONMENT.fullmatch(self.environment) else None
