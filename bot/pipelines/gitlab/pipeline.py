"""How does GitLab ask for a signoff, and hear of the decision?

Where GitLab itself waits: at a deployment that needs approvals, at a manual job, or at a merge
request with an external status check. The delivery is only a hint; what the change is, we ask
GitLab, at addresses we build. (docs/pipelines/gitlab.md)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from bot.domain.change import Change
from bot.domain.globs import name_fits
from bot.domain.signoff import Signoff
from bot.pipelines.gitlab.api import GitLab, gitlab
from bot.pipelines.gitlab.changes import Changes, job_key
from bot.pipelines.gitlab.doors import TOKEN, Proofs, proofs
from bot.pipelines.gitlab.endings import at_check, ended, open_again
from bot.pipelines.gitlab.entries import Deployment, Job, Project
from bot.pipelines.gitlab.facts import Asking
from bot.pipelines.gitlab.gates import CHECK, DEPLOYMENT, JOB, WAITS, Gates, place
from bot.pipelines.gitlab.payloads import (
    ENDS,
    REOPENED,
    SEEN,
    Build,
    DeploymentHook,
    MergeRequestHook,
    PipelineHook,
)
from bot.pipelines.gitlab.shipping import since
from bot.pipelines.parts import Parts, nothing_went_on
from bot.pipelines.platform import path as below
from bot.pipelines.problems import json_object, valid
from bot.pipelines.told import FORMATS, one_line, what
from bot.ports import Delivery, Landing, Sighting, TakenUp, Told, WentOn

ENDED = {"success": True, "failed": False, "canceled": False}
"""States of a deployment that are its last; whether it succeeded."""

MOST_BLOCKED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLabPipeline:
    """Fulfils `bot.ports.Pipeline`, `Herald` and `Discreet`. `waits_at` are the gates that are ours, and
    `environments` globs of those whose jobs are; none: all. `went_on`: what a deployment is compared
    with.
    """

    changes: Changes
    proofs: Proofs
    gitlab: GitLab
    gates: Gates
    waits_at: frozenset[str]
    environments: tuple[str, ...] = ()
    went_on: WentOn = nothing_went_on

    @property
    def reopens(self) -> bool:
        """A status check may pass after it failed; what was rejected or cancelled is over."""
        return self.waits_at == {CHECK}

    @property
    def fetches(self) -> bool:
        return True

    def verify(self, delivery: Delivery) -> str:
        return self.proofs.verify(delivery)

    def sealed(self, delivery: Delivery) -> Delivery:
        """Without the secret token, which is not to lie in a database."""
        kept = {name: it for name, it in delivery.headers.items() if name != TOKEN}
        return replace(delivery, headers=kept)

    async def read(self, delivery: Delivery) -> Told:
        payload = json_object(delivery.body)
        # Of the headers only the id is signed: what it is about, the body says.
        kind = payload.get("object_kind")
        is_check = payload.get("external_approval_rule") is not None
        if self.proofs.is_check(delivery.headers) and not is_check:
            return None
        if kind == "merge_request":
            hook = valid(MergeRequestHook, payload, FORMATS)
            return await self._requested(hook, is_check=is_check)
        if kind == "pipeline":
            return await self._waiting(valid(PipelineHook, payload, FORMATS))
        if kind == "deployment":
            return self._landed(valid(DeploymentHook, payload, FORMATS))
        return None

    async def show_waiting(self, signoff: Signoff) -> None:
        await self.gates.wait(place(signoff.change.reply_to))

    async def report(self, signoff: Signoff) -> None:
        await self.gates.answer(signoff, place(signoff.change.reply_to))

    async def take_back(self, signoff: Signoff) -> None:
        await self.gates.take_back(place(signoff.change.reply_to))

    def _landed(self, hook: DeploymentHook) -> Landing | None:
        """What came of a job that was let go on. Without a `key` where no job could have asked us."""
        if hook.status not in ENDED:
            return None
        return Landing(
            connection=self.changes.connection,
            key=job_key(hook.project.id, hook.job, hook.environment) if hook.job else "",
            succeeded=ENDED[hook.status],
            what=what(hook.short_sha, hook.project.path_with_namespace, hook.environment),
            environment=one_line(hook.environment),
        )

    async def _waiting(self, hook: PipelineHook) -> tuple[Change, ...]:
        """A change for each environment that a job waits for, at a gate of ours.

        One that waits for the same is asked about once the first is over: it would supersede it.
        """
        gates: dict[str, tuple[int, Mapping[str, str]]] = {}
        for environment, build in hook.waiting():
            ours = not self.environments or name_fits(environment, self.environments)
            if not ours or environment in gates:
                continue
            if at := await self._gate(hook, build, environment):
                gates[environment] = (build.id, at)
        if not gates:
            return ()
        asking = await self._asking(hook.project.id)
        sha, repository = hook.object_attributes.sha, asking.project.path_with_namespace
        found = await asking.deployed(sha)
        made = partial(self.changes.deployment, hook, asking.project)
        changes = []
        for environment, (job, at) in gates.items():
            whole = await since(asking, found, sha, await self.went_on(repository, environment))
            changes.append(made(whole, environment, job=job, at=at))
        return tuple(changes)

    async def _gate(
        self, hook: PipelineHook, build: Build, environment: str
    ) -> Mapping[str, str] | None:
        """Where the answer goes. None: the job waits at no gate of ours, or not any more."""
        project, sha = str(hook.project.id), hook.object_attributes.sha
        job = await self.gitlab.one(Job, below("projects", project, "jobs", str(build.id)))
        if job.status != WAITS[JOB] or job.pipeline.sha != sha:
            return None
        at = {"project": project, "job": str(build.id), "sha": sha}
        if DEPLOYMENT in self.waits_at and (
            blocked := await self._blocked(project, build.id, environment)
        ):
            same = blocked.sha == sha
            return {"gate": DEPLOYMENT, "deployment": str(blocked.id), **at} if same else None
        return {"gate": JOB, **at} if JOB in self.waits_at and build.manual else None

    async def _blocked(self, project: str, job: int, environment: str) -> Deployment | None:
        """GitLab sends nothing about a deployment that waits for approvals: it has to be asked."""
        query = f"?status={WAITS[DEPLOYMENT]}&environment={quote(environment, safe='')}"
        listed = await self.gitlab.pages(
            Deployment,
            f"{below('projects', project, 'deployments')}{query}&order_by=id&sort=desc",
            most=MOST_BLOCKED,
        )
        found = (it for it in listed.entries if it.deployable and it.deployable.id == job)
        return next(found, None)

    async def _requested(self, hook: MergeRequestHook, *, is_check: bool) -> Told:
        """About a merge request."""
        action = hook.object_attributes.action
        if CHECK not in self.waits_at:
            return None if is_check else await self._seen(hook)
        if action in ENDS:
            return await ended(await self._asking(hook.project.id), self.changes, hook)
        if is_check:
            return await self._asked(hook)
        if action == REOPENED:
            asking = await self._asking(hook.project.id)
            if back := await open_again(asking, self.changes, hook, first=True):
                return back
        return await self._seen(hook)

    async def _asked(self, hook: MergeRequestHook) -> Change | TakenUp | None:
        """A merge request whose external status check is ours to answer."""
        seen, rule = hook.object_attributes, hook.external_approval_rule
        if rule is None or seen.state != "opened" or not seen.head:
            return None
        at = at_check(hook, rule.id)
        if hook.sent_elsewhere:
            # Even if it was decided about there before: what was said since was of another branch.
            await self.gates.wait(place(at))
        asking = await self._asking(hook.project.id)
        found = await asking.proposed(seen.iid, seen.head)
        if found.request and found.request.state == "closed":
            return None
        change = self.changes.proposal(hook, asking.project, found, check=rule.id, at=at)
        as_it_is = found.request is not None and found.request.sha == seen.head
        again = as_it_is or seen.action == REOPENED
        return TakenUp(change=change, first=True) if again else change

    async def _seen(self, hook: MergeRequestHook) -> Sighting | None:
        """How it looked at that moment: a later push may take away what it shows."""
        seen = hook.object_attributes
        if seen.action not in SEEN or not seen.head:
            return None
        asking = await self._asking(hook.project.id)
        found = await asking.seen(seen.iid, seen.head)
        return Sighting(self.changes.sight(hook, asking.project, found))

    async def _asking(self, project: int) -> Asking:
        found = await self.gitlab.one(Project, below("projects", str(project)))
        return Asking(gitlab=self.gitlab, project=found)


def make(parts: Parts) -> GitLabPipeline:
    api, waits_at = gitlab(parts), frozenset(parts.lists.get("gate", ()))
    return GitLabPipeline(
        changes=Changes(
            connection=parts.name,
            url=parts.url,
            merging=parts.words.get("check_environment", "merge"),
        ),
        proofs=proofs(parts),
        gitlab=api,
        gates=Gates(
            gitlab=api, plays=JOB in waits_at, represented_as=parts.words.get("represented_as", "")
        ),
        waits_at=waits_at,
        environments=parts.lists.get("environments", ()),
        went_on=parts.went_on,
    )
