"""How is a decision told to GitLab, at the very place that waits for it and at no other?

What the return address names is looked at first: a job or a deployment that no longer waits, or is
of another revision, gets no answer. A manual job that is over would be started anew by "play".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bot.domain.signoff import Signoff
from bot.pipelines.gated import Number
from bot.pipelines.gitlab.api import GitLab
from bot.pipelines.gitlab.entries import Account, Deployment, Job, MergeRequest
from bot.pipelines.platform import Refused
from bot.pipelines.platform import path as below
from bot.pipelines.sentence import sentence
from bot.pipelines.stated_words import Stated
from bot.pipelines.told import Sha
from bot.ports import Undelivered

log = logging.getLogger(__name__)

DEPLOYMENT, JOB, CHECK = "deployment-approval", "manual-job", "status-check"

WAITS = {JOB: "manual", DEPLOYMENT: "blocked"}
"""The status of what waits at such a gate."""

OVER = ("canceled", "canceling", "failed", "skipped")
"""Of a job or a deployment that comes to nothing."""


class AtDeployment(Stated):
    gate: Literal["deployment-approval"]
    project: Number
    deployment: Number
    job: Number
    sha: Sha


class AtJob(Stated):
    gate: Literal["manual-job"]
    project: Number
    job: Number
    sha: Sha


class AtCheck(Stated):
    gate: Literal["status-check"]
    project: Number
    request: Number
    check: Number
    sha: Sha


At = AtDeployment | AtJob | AtCheck
_AT: TypeAdapter[At] = TypeAdapter(Annotated[At, Field(discriminator="gate")])


def place(reply_to: Mapping[str, str]) -> At:
    """Raises Undelivered where it names none."""
    try:
        return _AT.validate_python(dict(reply_to))
    except ValidationError as error:
        detail = "its return address names no place of GitLab's"
        raise Undelivered(detail, final=True) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """`plays`: manual jobs are started by us. `represented_as` is for who is in several approval
    rules. Told twice, what we did already is no trouble.
    """

    gitlab: GitLab
    plays: bool = False
    represented_as: str = ""

    async def answer(self, signoff: Signoff, at: At) -> None:
        """Raises Undelivered or Unreachable."""
        if at.sha != signoff.change.revision:
            raise Undelivered("its return address is of another revision", final=True)
        match at:
            case AtDeployment():
                await self._approve(signoff, at)
            case AtJob():
                await self._start(signoff, at)
            case AtCheck():
                await self._respond(signoff, at)

    async def _approve(self, signoff: Signoff, at: AtDeployment) -> None:
        path = below("projects", at.project, "deployments", at.deployment)
        found = await self.gitlab.one(Deployment, path)
        if found.sha != at.sha or not found.deployable or str(found.deployable.id) != at.job:
            raise Undelivered("the deployment is of another revision by now", final=True)
        if not _is_told(found, signoff):
            if found.status != WAITS[DEPLOYMENT]:
                _settle(found.status, signoff, "the deployment")
                return
            await self.gitlab.post(f"{path}/approval", self._verdict(signoff))
        if self.plays and signoff.status.proceed:
            await self._play_approved(signoff, path, at)

    def _verdict(self, signoff: Signoff) -> Mapping[str, object]:
        said = {"status": _word(signoff), "comment": sentence(signoff)}
        return said | ({"represented_as": self.represented_as} if self.represented_as else {})

    async def _play_approved(self, signoff: Signoff, path: str, at: AtDeployment) -> None:
        """GitLab leaves the job to whoever may deploy, unless others have to approve it as well."""
        if (await self.gitlab.one(Deployment, path)).pending_approval_count:
            return
        place = below("projects", at.project, "jobs", at.job)
        job = await self.gitlab.one(Job, place)
        if job.status != WAITS[JOB] or job.pipeline.sha != at.sha:
            return
        try:
            await self.gitlab.post(f"{place}/play")
        except Refused as refused:
            if refused.answer.status != 400:
                raise
            log.info("%s is approved, and its job is left to others: %s", signoff.id, refused)

    async def _start(self, signoff: Signoff, at: AtJob) -> None:
        path = below("projects", at.project, "jobs", at.job)
        job = await self.gitlab.one(Job, path)
        if job.pipeline.sha != at.sha:
            raise Undelivered("the job is of another revision", final=True)
        if job.status == WAITS[JOB]:
            await self.gitlab.post(f"{path}/{'play' if signoff.status.proceed else 'cancel'}")
        elif not (signoff.status.proceed and await self._was_us(job)):
            _settle(job.status, signoff, "the job")

    async def _was_us(self, job: Job) -> bool:
        """Whoever starts a manual job becomes its user."""
        if job.status in OVER or job.user is None or job.user.id is None:
            return False
        return (await self.gitlab.one(Account, "/user")).id == job.user.id

    async def _respond(self, signoff: Signoff, at: AtCheck) -> None:
        """GitLab itself compares the revision with the head, but no answer of ours with the target."""
        if signoff.status.proceed:
            request = await self.gitlab.one(MergeRequest, below(*_request(at)))
            if request.target_branch != signoff.change.base_branch:
                raise Undelivered("the merge request goes into another branch by now", final=True)
        try:
            await self._say(at, "passed" if signoff.status.proceed else "failed")
        except Refused as refused:
            if refused.answer.status != 409:
                raise
            if signoff.status.proceed:
                detail = "the merge request has another head by now"
                raise Undelivered(detail, final=True) from refused

    async def wait(self, at: At) -> None:
        """Takes back at once what a status check said of this head; nothing else shows that it waits.

        GitLab makes it a "failed" in two minutes, and takes the decision whenever it comes.
        """
        if isinstance(at, AtCheck):
            try:
                await self._say(at, "pending")
            except Refused as refused:
                if refused.answer.status != 409:
                    raise

    async def take_back(self, at: At) -> None:
        """A status check fails again; what is merged or closed has none that could be set."""
        if not isinstance(at, AtCheck):
            return
        request = await self.gitlab.one(MergeRequest, below(*_request(at)))
        if request.is_merged or request.state == "closed":
            return
        try:
            await self._say(at, "failed")
        except Refused as refused:  # it has another head by now
            if refused.answer.status != 409:
                raise

    async def _say(self, at: AtCheck, status: str) -> None:
        said = {"sha": at.sha, "external_status_check_id": int(at.check), "status": status}
        await self.gitlab.post(below(*_request(at), "status_check_responses"), said)


def _request(at: AtCheck) -> tuple[str, ...]:
    return "projects", at.project, "merge_requests", at.request


def _word(signoff: Signoff) -> str:
    return "approved" if signoff.status.proceed else "rejected"


def _is_told(found: Deployment, signoff: Signoff) -> bool:
    """Whether an approval names this very decision; it ends as `sentence` does."""
    name = re.compile(rf"\(Countersign {re.escape(signoff.id)}\)\Z")
    wanted = _word(signoff)
    return any(
        it.status == wanted and name.search(it.comment or "") for it in found.all_approvals()
    )


def _settle(status: str, signoff: Signoff, what: str) -> None:
    """It does not wait any more. Raises Undelivered unless that is all that was wanted."""
    if signoff.status.proceed or status not in OVER:
        raise Undelivered(f"{what} does not wait any more: it is {_plain(status)}", final=True)


def _plain(status: str) -> str:
    return status if re.fullmatch(r"[a-z_]{1,40}", status) else "something else"
