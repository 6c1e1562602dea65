"""Is something that waits for our check not to be merged any more? Closed, a draft again, or out of the queue.

Why nothing open is left without an answer, though GitHub sends deliveries once and in any order:

A pull request that is opened again, pushed back or sent back to where it was would have the same key
(repository, number, branch and head), and the signoff under it may be over without an answer. So
what is to be signed is always told of as "taken up": the engine looks for the newest signoff of that
head and branch. If it was given up, or gave way to a head that is no more, it is asked about anew.
If it waits or is decided, nothing happens: its answer is the answer.

"closed" is only a hint. GitHub is asked how the pull request is by now:

- It is open: it was opened again since. Nothing is withdrawn; if an earlier attempt to read this
  delivery withdrew something, and ended before it could look again, it is taken up now.
- It is closed: what waits is withdrawn, and then GitHub is asked once more (`Abandoned`). Whoever
  opened it again before we had written that found it still waiting and did nothing: the second
  look sees it open, and takes it up. Whoever opens it again later finds it abandoned.

- It was merged: whether that had been let go on, the engine knows (`Merged`). Who may go around a
  protection, or around the queue, does so without asking us.

Nothing is ever asked for the first time because of a delivery about an ending: that delivery does not
say who pushed, and whoever pushed must not sign.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Work
from bot.pipelines.github.checks import Checks, number_of
from bot.pipelines.github.facts import of_pull
from bot.pipelines.github.payloads import GroupAsked, PullRequest, PullSeen
from bot.pipelines.github.questions import Questions
from bot.ports import Abandoned, Merged, TakenUp

GIVEN_UP = ("closed", "converted_to_draft")
"""What happens to a pull request after which nobody wants to merge it, for now."""

MERGED = "merged"
"""Why a merge group ended well."""

CLOSED = "The pull request was closed"
DRAFT = "The pull request was made a draft"
DEQUEUED = "It left the merge queue"


async def of_pull_ended(checks: Checks, seen: PullSeen) -> Abandoned | Merged | TakenUp | None:
    """Raises Undelivered or Unreachable."""
    questions = checks.questions(seen.repository.full_name, seen.installation.id)
    pull = await questions.one(PullRequest, f"/pulls/{seen.pull_request.number}")
    work = _work(checks, seen, pull.lineage)
    if pull.merged_at is not None:
        return _merged(work, pull)
    if pull.state == "closed" or pull.draft:
        return Abandoned(work=work, why=CLOSED if pull.state == "closed" else DRAFT)
    return await _open_by_now(checks, questions, seen, pull)


async def _open_by_now(
    checks: Checks, questions: Questions, seen: PullSeen, pull: PullRequest
) -> TakenUp | None:
    found = await of_pull(questions, pull, pull.head.sha)
    change = checks.change(seen, pull, found, revision=pull.head.sha, base=pull.base.sha)
    return TakenUp(change=change, first=False)


def of_group_ended(checks: Checks, said: GroupAsked) -> Abandoned | Merged:
    """A group is one commit, and is never made again. Raises Invalid."""
    group = said.merge_group
    work = _work(checks, said, f"pull/{number_of(group)}")
    if said.reason != MERGED:
        return Abandoned(work=replace(work, revision=group.head_sha), why=DEQUEUED)
    return Merged(
        work=work,
        revisions=(group.head_sha,),
        branch=group.base_ref.removeprefix("refs/heads/"),
        what=f"{group.head_sha} of {work.repository}, {work.lineage}",
    )


def _merged(work: Work, pull: PullRequest) -> Merged:
    """As its head, or as the commit of a merge queue: a yes to either is one."""
    commits = (pull.head.sha, pull.merge_commit_sha)
    return Merged(
        work=work,
        revisions=tuple(it for it in commits if it),
        branch=pull.base.ref,
        what=f"{pull.head.sha} of {work.repository}, {work.lineage}",
        by=pull.merged_by.login if pull.merged_by else "",
    )


def _work(checks: Checks, said: PullSeen | GroupAsked, lineage: str) -> Work:
    return Work(
        connection=checks.connection,
        repository=said.repository.full_name,
        environment=checks.environment,
        lineage=lineage,
    )
