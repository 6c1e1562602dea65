"""What do GitHub's deliveries and pull requests look like, as far as we read them?

Tolerant on purpose: GitHub adds fields at will and leaves out what its schema calls required.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from bot.domain.change import Identity
from bot.pipelines.github.entries import Account
from bot.pipelines.told import FORMATS as TOLD_FORMATS
from bot.pipelines.told import Number, Sha

MOST_LABELS = 100

_FULL_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
# As at the webhook: what looks like a name in a rule must be that name. GitHub then gets no
# answer and goes on waiting, and the log says why.
_ENVIRONMENT = r"^[!-~]([ -~]*[!-~])?$"

_MOMENT = r"^[0-9TZ:+.-]{0,40}$"

FORMATS = TOLD_FORMATS | {
    _FULL_NAME: "must look like owner/name",
    _MOMENT: "must be a moment",
}


class Repository(BaseModel):
    id: Number
    full_name: Annotated[str, StringConstraints(max_length=200, pattern=_FULL_NAME)]
    default_branch: str = ""


class Deployment(BaseModel):
    sha: Sha
    ref: str = ""
    creator: Account | None = None


class Installation(BaseModel):
    id: Number


class RuleRequested(BaseModel):
    """`deployment_protection_rule`, action `requested`."""

    environment: Annotated[str, StringConstraints(max_length=255, pattern=_ENVIRONMENT)]
    deployment_callback_url: Annotated[str, StringConstraints(max_length=500)]
    deployment: Deployment
    repository: Repository
    installation: Installation
    sender: Account | None = None

    @property
    def triggered_by(self) -> Identity | None:
        account = self.sender or self.deployment.creator
        return account.identity() if account and account.login else None


class Shipping(BaseModel):
    """A deployment, by whomever: an environment may be called anything there."""

    environment: str = ""
    sha: str = ""


class ShippingState(BaseModel):
    """`description` is what whoever set the state wrote to it."""

    state: str = ""
    description: str | None = None


class ShippingRun(BaseModel):
    """The workflow run that made the deployment."""

    id: Number
    run_attempt: Number = 1


class Landed(BaseModel):
    """`deployment_status`; `workflow_run` is null where no job of GitHub's deploys."""

    deployment_status: ShippingState
    deployment: Shipping
    repository: Repository
    workflow_run: ShippingRun | None = None

    @property
    def environment(self) -> str:
        """Empty if it is none that a job could have asked for."""
        named = self.deployment.environment
        return named if re.fullmatch(_ENVIRONMENT, named) else ""


class Run(BaseModel):
    """A workflow run; started again, it keeps its id and counts up."""

    run_attempt: Number = 1


class Home(BaseModel):
    """A repository, as GitHub answers: the branch its pull requests go into."""

    default_branch: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class Branch(BaseModel):
    """One end of a pull request; `user` owns the repository it is in."""

    sha: Sha
    ref: str = ""
    user: Account | None = None


class Label(BaseModel):
    name: str = ""


class PullRequest(BaseModel):
    number: Number
    title: str = ""
    body: str | None = None
    user: Account | None = None
    head: Branch
    base: Branch
    labels: list[Label] | None = None
    merge_commit_sha: str | None = None
    merged_at: str | None = None
    merged_by: Account | None = None
    state: str = ""
    draft: bool = False
    updated_at: Annotated[str, StringConstraints(pattern=_MOMENT)] = ""
    commits: int | None = None
    changed_files: int | None = None

    def ships(self, sha: str) -> bool:
        """Whether this very commit is its head or what it was merged as; not once it is given up."""
        if self.merged_at is None:
            return self.head.sha == sha and self.state != "closed"
        return sha in (self.head.sha, self.merge_commit_sha)

    @property
    def lineage(self) -> str:
        return f"pull/{self.number}"

    @property
    def author(self) -> Identity:
        return self.user.identity() if self.user else Identity()

    @property
    def names(self) -> tuple[str, ...]:
        """Of its labels."""
        return tuple(it.name for it in self.labels or () if it.name)[:MOST_LABELS]

    @property
    def fork_owner(self) -> Identity | None:
        """Who may push to the fork it comes from; of the repository itself, that says nothing."""
        theirs, ours = self.head.user, self.base.user
        if theirs is None or theirs == ours or theirs.type == "Organization":
            return None
        return theirs.identity() if theirs.login else None


class Changes(BaseModel):
    """What was edited; `base`: it goes into another branch now."""

    base: dict[str, Any] | None = None


class PullSeen(BaseModel):
    """`pull_request`, with the pull request as it was at that moment."""

    action: str
    pull_request: PullRequest
    repository: Repository
    installation: Installation
    sender: Account | None = None
    changes: Changes = Changes()


class MergeGroup(BaseModel):
    """`head_sha` is the commit that will be merged, made by GitHub of a pull request and its base."""

    head_sha: Sha
    base_sha: Sha
    head_ref: Annotated[str, StringConstraints(max_length=500)]
    base_ref: Annotated[str, StringConstraints(max_length=500)]


class GroupAsked(BaseModel):
    """`merge_group`, actions `checks_requested` and `destroyed`; only the latter has a `reason`."""

    merge_group: MergeGroup
    repository: Repository
    installation: Installation
    sender: Account | None = None
    reason: str = ""


def pushers(
    sender: Account | None, pull: PullRequest | None, *others: PullRequest
) -> tuple[Identity, ...]:
    """Who may have pushed it: whoever set it off, whose fork it comes from, and who proposed what
    ships along.
    """
    who = sender.identity() if sender and sender.login else None
    named = [who, pull.fork_owner if pull else None]
    for other in others:
        named += [other.author if other.author.login else None, other.fork_owner]
    return tuple(dict.fromkeys(it for it in named if it))


def labels(pull: PullRequest | None, *others: PullRequest) -> tuple[str, ...]:
    """Of all that ships, each once."""
    named = (name for it in (pull, *others) if it for name in it.names)
    return tuple(dict.fromkeys(named))


def judged_by(candidates: Sequence[PullRequest], sha: str, branch: str) -> PullRequest | None:
    """The pull request into `branch`, the default one, whose facts are those of `sha`.

    Into any other branch somebody may have put before what theirs is not to show. None, too,
    where pull requests into several branches ship it: nobody says which of them is meant.
    """
    if len({it.base.ref for it in candidates if it.ships(sha)}) > 1:
        return None
    return best([it for it in candidates if it.base.ref == branch], sha)


def lineage(candidates: Sequence[PullRequest], sha: str, branch: str) -> str:
    """Where evidence about `sha` was kept, whichever branch its pull request goes into by now."""
    found = best([it for it in candidates if it.base.ref == branch] or candidates, sha)
    return found.lineage if found else ""


def best(candidates: Sequence[PullRequest], sha: str) -> PullRequest | None:
    """The pull request that `sha` ships: what was merged as it, then whose head it is, then any."""
    return min(
        candidates,
        key=lambda p: (not p.ships(sha), p.merge_commit_sha != sha, p.merged_at is None, p.number),
        default=None,
    )
