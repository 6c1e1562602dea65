"""How do GitLab's deliveries, and what it says when asked, become changes?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.change import Change, Identity
from bot.pipelines.gitlab.entries import Account, Project
from bot.pipelines.gitlab.facts import Facts
from bot.pipelines.gitlab.payloads import MergeRequestHook, PipelineHook
from bot.pipelines.merging import spelled
from bot.pipelines.told import title


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Of one connection; links lie under its `url`. `merging` is the environment of what waits to be
    merged.
    """

    connection: str
    url: str
    merging: str = "merge"

    def deployment(
        self,
        hook: PipelineHook,
        project: Project,
        found: Facts,
        environment: str,
        *,
        job: int,
        at: Mapping[str, str],
    ) -> Change:
        """What this job would bring to its environment."""
        run, request = hook.object_attributes, found.request
        return replace(
            self._change(project, found, run.sha, _who(hook.user)),
            key=job_key(project.id, job, environment),
            environment=environment,
            branch=request.source_branch if request else run.ref or "",
            reply_to=at,
        )

    def proposal(
        self,
        hook: MergeRequestHook,
        project: Project,
        found: Facts,
        *,
        check: int,
        at: Mapping[str, str],
    ) -> Change:
        """What a merge request would bring to its target: to another one it is another change."""
        sha = hook.object_attributes.head
        target = spelled(found.request.target_branch if found.request else "")
        return replace(
            self._change(project, found, sha, _who(hook.user)),
            key=f"{project.id}/{found.lineage}/{target}/{sha}/{check}",
            environment=self.merging,
            branch=found.request.source_branch if found.request else "",
            reply_to=at,
            shows_waiting=True,
            by_lineage=True,
        )

    def sight(self, hook: MergeRequestHook, project: Project, found: Facts) -> Change:
        """A merge request as it was when this was sent; nobody wants to ship it yet."""
        seen = hook.object_attributes
        sha = seen.head
        by = _who(hook.user) if seen.pushed else None
        return replace(
            self._change(project, found, sha, None),
            key=f"{project.id}/{found.lineage}/{sha}",
            title=title(seen.title, sha),
            description=seen.description or "",
            branch=seen.source_branch,
            base_branch=seen.target_branch,
            labels=seen.names,
            pushers=(by,) if by else (),
        )

    def _change(self, project: Project, found: Facts, revision: str, by: Identity | None) -> Change:
        request = found.request
        link = self._link(project, request.lineage if request else f"commit/{revision}")
        shipping = (*((request,) if request else ()), *found.others)
        others = (it.proposer for it in found.others if it.proposer != Identity())
        pushers = (by, *(it.merger for it in shipping), *others)
        return Change(
            connection=self.connection,
            key="",
            repository=project.path_with_namespace,
            revision=revision,
            environment="",
            title=found.title,
            author=found.author,
            base_revision=found.base,
            base_branch=request.target_branch if request else "",
            description=found.description,
            url=link,
            link=link,
            triggered_by=by,
            commits=found.commits,
            commits_complete=found.commits_complete,
            files=found.files,
            files_complete=found.files_complete,
            lineage=found.lineage,
            ships=tuple(it.lineage for it in found.others),
            labels=tuple(dict.fromkeys(name for it in shipping for name in it.names)),
            pushers=tuple(dict.fromkeys(it for it in pushers if it)),
            owners=found.owners,
            policies=found.policies,
            touches=found.touches,
        )

    def _link(self, project: Project, place: str) -> str:
        return f"{self.url}/{project.path_with_namespace}/-/{place}"


def job_key(project: int, job: int, environment: str) -> str:
    """One for each job; one that is retried is another job."""
    return f"{project}/{job}/{environment}"


def _who(account: Account | None) -> Identity | None:
    return account.identity() if account and (account.username or account.id) else None
