"""Is something that waits for our check not to be merged any more? Closed, a draft again, or out of the queue.

Why nothing open is left without an answer, though GitHub sends deliveries once and in any order:

A pull request that is opened again at the same head would have the same key (repository, number,
branch and head), and the signoff under it may be withdrawn for good. So it is told of as "taken up
again": if what was asked under that key was abandoned, it is asked about anew, under the key and
the moment of GitHub's `updated_at`, which stays the same in a repeated delivery. If that first
signoff is still pending or decided, nothing happens: its answer is the answer.

"closed" is only a hint. GitHub is asked how the pull request is by now:

- It is open: it was opened again since. Nothing is withdrawn; if an earlier attempt to read this
  delivery withdrew something, and ended before it could look again, it is taken up now.
- It is closed: what waits is withdrawn, and then GitHub is asked once more (`Abandoned`). Whoever
  opened it again before we had written that found it still waiting and did nothing: the second
  look sees it open, and takes it up. Whoever opens it again later finds it abandoned.

Nothing is ever opened under the first key from a delivery about an ending: that delivery does not
say who pushed, and whoever pushed must not sign.
"""

from __future__ import annotations

from bot.domain.change import Change, Identity
from bot.pipelines.github.checks import Checks, number_of
from bot.pipelines.github.facts import of_pull
from bot.pipelines.github.payloads import GroupAsked, PullRequest, PullSeen
from bot.pipelines.github.questions import Questions
from bot.pipelines.told import title
from bot.ports import Abandoned, TakenUp

GIVEN_UP = ("closed", "converted_to_draft")
"""What happens to a pull request after which nobody wants to merge it, for now."""

TAKEN_UP = ("reopened", "ready_for_review")
"""After which somebody does again."""

MERGED = "merged"
"""Why a merge group ended well."""

CLOSED = "The pull request was closed"
DRAFT = "The pull request was made a draft"
DEQUEUED = "It left the merge queue"


async def of_pull_given_up(checks: Checks, seen: PullSeen) -> Abandoned | TakenUp | None:
    """None where it was merged. Raises Undelivered or Unreachable."""
    questions = checks.questions(seen.repository.full_name, seen.installation.id)
    pull = await questions.one(PullRequest, f"/pulls/{seen.pull_request.number}")
    if pull.merged_at is not None:
        return None
    if pull.state == "closed" or pull.draft:
        return Abandoned(
            change=_named(checks, seen, pull, pull.head.sha),
            why=CLOSED if pull.state == "closed" else DRAFT,
        )
    return await _open_by_now(checks, questions, seen, pull)


async def _open_by_now(
    checks: Checks, questions: Questions, seen: PullSeen, pull: PullRequest
) -> TakenUp | None:
    found = await of_pull(questions, pull, pull.head.sha)
    change = checks.change(seen, pull, found, revision=pull.head.sha, base=pull.base.sha)
    return taken_up(change, pull, first=False)


def taken_up(change: Change, pull: PullRequest, *, first: bool) -> TakenUp:
    """`first`: it is asked about even if nobody told of it yet."""
    return TakenUp(change=change, key=f"{change.key}/{pull.updated_at or 'again'}", first=first)


def of_group_ended(checks: Checks, said: GroupAsked) -> Abandoned | None:
    """None where it was merged. A group is one commit, and is never made again. Raises Invalid."""
    group = said.merge_group
    if said.reason == MERGED:
        return None
    lineage = f"pull/{number_of(group)}"
    change = Change(
        connection=checks.connection,
        key="",
        repository=said.repository.full_name,
        revision=group.head_sha,
        environment=checks.environment,
        title="",
        author=Identity(),
        lineage=lineage,
        by_lineage=True,
    )
    return Abandoned(change=change, why=DEQUEUED, whole=False)


def _named(checks: Checks, seen: PullSeen, pull: PullRequest, revision: str) -> Change:
    """As much of it as says which one it is."""
    return Change(
        connection=checks.connection,
        key="",
        repository=seen.repository.full_name,
        revision=revision,
        environment=checks.environment,
        title=title(pull.title, revision),
        author=pull.author,
        lineage=pull.lineage,
        by_lineage=True,
    )
