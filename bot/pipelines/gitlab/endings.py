"""Does a merge request wait for our status check no more, or does it again?

A status check is told of open merge requests alone. That one was closed or merged, the webhook says
("Merge request events"), as a hint: GitLab is asked how it is by now. It is closed: what waits is
withdrawn, and GitLab is asked once more. It is merged: whether that had been let go on, the engine
knows; who may merge around a status check does so without asking us. It is open: what was withdrawn
is asked about anew.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.change import Work
from bot.pipelines.gitlab.changes import Changes
from bot.pipelines.gitlab.entries import MergeRequest, StatusCheck
from bot.pipelines.gitlab.facts import Asking
from bot.pipelines.gitlab.gates import CHECK
from bot.pipelines.gitlab.payloads import MergeRequestHook
from bot.pipelines.platform import Refused
from bot.ports import Abandoned, Merged, TakenUp

CLOSED = "The merge request was closed"
MOST_CHECKS = 100


async def ended(
    asking: Asking, changes: Changes, hook: MergeRequestHook
) -> Abandoned | Merged | TakenUp | None:
    """Raises Undelivered or Unreachable."""
    request = await asking.gitlab.one(MergeRequest, asking.path(*_steps(hook)))
    work = Work(
        connection=changes.connection,
        repository=asking.project.path_with_namespace,
        environment=changes.merging,
        lineage=request.lineage,
    )
    if request.is_merged:
        return _merged(work, request)
    if request.state == "closed":
        return Abandoned(work=work, why=CLOSED)
    # Whoever closed it pushed nothing.
    return await open_again(asking, changes, hook.model_copy(update={"user": None}), first=False)


async def open_again(
    asking: Asking, changes: Changes, hook: MergeRequestHook, *, first: bool
) -> TakenUp | None:
    """None where its head is another by now, or no check of ours is known: then nobody waits for us."""
    head = hook.object_attributes.head
    check = await _check(asking, changes.connection, hook)
    if not check or not head:
        return None
    found = await asking.proposed(hook.object_attributes.iid, head)
    if found.request is None or found.request.sha != head:
        return None
    at = at_check(hook, check)
    change = changes.proposal(hook, asking.project, found, check=check, at=at)
    return TakenUp(change=change, first=first)


def at_check(hook: MergeRequestHook, check: int) -> Mapping[str, str]:
    """Where the answer goes."""
    seen = hook.object_attributes
    at = {"gate": CHECK, "project": str(hook.project.id), "request": str(seen.iid)}
    return {**at, "sha": seen.head, "check": str(check)}


async def _check(asking: Asking, connection: str, hook: MergeRequestHook) -> int:
    """The number of the check that is ours: GitLab sends to an address that ends with our name. 0: none."""
    if hook.external_approval_rule:
        return hook.external_approval_rule.id
    path = asking.path(*_steps(hook), "status_checks")
    try:
        listed = await asking.gitlab.pages(StatusCheck, path, most=MOST_CHECKS)
    except Refused as refused:
        if refused.answer.status in (403, 404):  # without Ultimate there are none
            return 0
        raise
    ours = f"/hooks/{connection}"
    return min((it.id for it in listed.entries if it.leads_to(ours)), default=0)


def _merged(work: Work, request: MergeRequest) -> Merged:
    head = request.sha or ""
    who = request.merge_user or request.merged_by
    return Merged(
        work=work,
        revisions=tuple(it for it in (head, *sorted(request.merged_as)) if it),
        branch=request.target_branch,
        what=f"{head} of {work.repository}, {work.lineage}",
        by=who.username if who else "",
    )


def _steps(hook: MergeRequestHook) -> tuple[str, ...]:
    return "merge_requests", str(hook.object_attributes.iid)
