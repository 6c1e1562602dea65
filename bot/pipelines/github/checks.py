"""How does a pull request wait for a signoff before it is merged, and a merge queue? By a check.

Branch protection requires a check of this name and the branch's; only our App may set it. A check
belongs to a commit, which may be proposed to several branches: so each has its own. It is a gate of
its own beside the one before a deployment: what is asked, policy says for its environment.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from bot.pipelines.github.api import Access, GitHubApp
from bot.pipelines.github.comment import comment
from bot.pipelines.github.comparing import MOST_FILES, compared
from bot.pipelines.github.contents import CODEOWNERS, POLICY_FILES, governing_files
from bot.pipelines.github.facts import Facts, legible, of_pull, to_files
from bot.pipelines.github.history import touches
from bot.pipelines.github.payloads import (
    GroupAsked,
    MergeGroup,
    PullRequest,
    PullSeen,
    pushers,
)
from bot.pipelines.github.questions import Questions
from bot.pipelines.github.sightings import PUSHES
from bot.pipelines.governing import governing
from bot.pipelines.sentence import ENDS, OVERRIDE_ENDED
from bot.pipelines.told import is_number, is_revision, title
from bot.ports import Invalid, Problem, Undelivered

ASKED = ("opened", "reopened", "synchronize", "ready_for_review")
"""What happens to a pull request after which there is a revision to be signed."""

log = logging.getLogger(__name__)

_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/.{1,250}/pr-([0-9]{1,10})-[0-9a-f]{40,64}")

WAITING = "action_required"
_CONCLUSIONS = {
    Status.PENDING: WAITING,
    Status.REJECTED: "failure",
    Status.EXPIRED: "timed_out",
    Status.SUPERSEDED: "cancelled",
    Status.WITHDRAWN: "cancelled",
}
"""Of what does not go on: a status that is missing here is told nobody, and lets nothing on."""
ASK_AGAIN = "so it is not merged. Re-run this check, or push again, to ask again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """`name` is what a check is called before its branch, `environment` what policy calls the place it guards."""

    connection: str
    name: str
    environment: str
    app: GitHubApp
    web_url: str

    def asks(self, seen: PullSeen) -> bool:
        """Whether there is something to sign: not in a draft, and anew where it goes elsewhere."""
        elsewhere = seen.action == "edited" and seen.changes.base is not None
        return (seen.action in ASKED or elsewhere) and not seen.pull_request.draft

    async def of_pull(self, seen: PullSeen) -> Change | None:
        """The pull request as it is now; None if it is over, or was pushed to or sent elsewhere since:
        that has a delivery of its own.
        """
        questions = self.questions(seen.repository.full_name, seen.installation.id)
        number, head = seen.pull_request.number, seen.pull_request.head.sha
        pull = await questions.one(PullRequest, f"/pulls/{number}")
        elsewhere = pull.base.ref != seen.pull_request.base.ref
        if pull.head.sha != head or elsewhere or pull.state == "closed":
            return None
        found = await of_pull(questions, pull, head)
        return self.change(seen, pull, found, revision=head, base=pull.base.sha)

    async def of_group(self, asked: GroupAsked) -> Change:
        """What a merge queue is about to merge: this pull request, on what goes before it."""
        group = asked.merge_group
        number = number_of(group)
        questions = self.questions(asked.repository.full_name, asked.installation.id)
        pull = await questions.one(PullRequest, f"/pulls/{number}")
        if group.base_ref != f"refs/heads/{pull.base.ref}":
            raise Invalid(Problem("merge_group.base_ref", "is not where the pull request goes"))
        found = await _between(questions, pull, group.base_sha, group.head_sha)
        return self.change(asked, pull, found, revision=group.head_sha, base=group.base_sha)

    async def show_waiting(self, signoff: Signoff) -> None:
        await self._set(signoff, WAITING)

    async def tell(self, signoff: Signoff) -> None:
        await self._set(signoff, _conclusion(signoff.status))

    async def take_back(self, signoff: Signoff) -> None:
        said = f"**{OVERRIDE_ENDED}**, {ASK_AGAIN}\n\n{comment(signoff)}"
        await self._set(signoff, _CONCLUSIONS[Status.EXPIRED], title=OVERRIDE_ENDED, summary=said)

    async def _set(
        self, signoff: Signoff, conclusion: str, *, title: str = "", summary: str = ""
    ) -> None:
        """The newest check of a name counts, so a repeated answer does no harm."""
        to = signoff.change.reply_to
        sha, installation = to.get("sha", ""), to.get("installation_id", "")
        right = is_revision(sha) and is_number(installation)
        if not right or sha != signoff.change.revision or "repository" not in to:
            raise Undelivered("its return address names no commit of GitHub's", final=True)
        access = Access(installation=int(installation), repository=to["repository"])
        body: Mapping[str, object] = {
            "name": to["check"],
            "head_sha": sha,
            "status": "completed",
            "conclusion": conclusion,
            "external_id": signoff.id,
            "output": {
                "title": title or ENDS[signoff.status],
                "summary": summary or comment(signoff, ASK_AGAIN),
            },
        }
        try:
            await self.app.post(access, f"/repos/{access.repository}/check-runs", body)
        except Undelivered as refused:
            if not (refused.final and signoff.abandoned):
                raise
            # The commit of a merge group goes with the group: there is nobody left to stop.
            log.info("%s is withdrawn, and its check is left as it is: %s", signoff.id, refused)

    def questions(self, repository: str, installation: int) -> Questions:
        return Questions(self.app, Access(installation=installation, repository=repository))

    def change(
        self,
        said: PullSeen | GroupAsked,
        pull: PullRequest,
        found: Facts,
        *,
        revision: str,
        base: str,
    ) -> Change:
        repository = said.repository
        pushed = isinstance(said, PullSeen) and said.action in PUSHES
        link = f"{self.web_url.rstrip('/')}/{repository.full_name}/{pull.lineage}"
        place = f"{self.environment}/{pull.number}/{pull.base.ref}/{revision}"
        return Change(
            connection=self.connection,
            key=f"{repository.id}/{place}",
            repository=repository.full_name,
            revision=revision,
            environment=self.environment,
            title=found.title,
            author=found.author,
            base_revision=base,
            base_branch=pull.base.ref,
            description=found.description,
            url=link,
            link=link,
            branch=pull.head.ref,
            commits=found.commits,
            commits_complete=found.commits_complete,
            files=found.files,
            files_complete=found.files_complete,
            lineage=pull.lineage,
            labels=pull.names,
            pushers=pushers(said.sender if pushed else None, pull),
            owners=found.owners,
            policies=found.policies,
            touches=found.touches,
            reply_to={
                "repository": repository.full_name,
                "installation_id": str(said.installation.id),
                "check": f"{self.name}/{pull.base.ref}",
                "sha": revision,
            },
            shows_waiting=True,
            by_lineage=True,
        )


def _conclusion(status: Status) -> str:
    return "success" if status.proceed else _CONCLUSIONS[status]


def number_of(group: MergeGroup) -> int:
    """The pull request's: only the name of the branch says so. Raises Invalid."""
    queued = _QUEUED.fullmatch(group.head_ref)
    if not queued:
        raise Invalid(Problem("merge_group.head_ref", "is not the name of a merge group"))
    return int(queued[1])


async def _between(questions: Questions, pull: PullRequest, base: str, head: str) -> Facts:
    """What a merge group adds to its base, as GitHub compares them."""
    found = await compared(questions, base, head)
    listed, total = found.files or [], found.total_commits
    files = await to_files(listed)
    complete = found.files is not None and len(listed) < MOST_FILES and legible(listed)
    paths = tuple(path for file in files for path in file.paths)
    governed = governing_files(questions)
    seen = paths if complete else None
    return Facts(
        pull=pull,
        lineage=pull.lineage,
        title=title(pull.title, head),
        description=pull.body or "",
        author=pull.author,
        commits=tuple(entry.to_commit() for entry in found.commits),
        commits_complete=total is not None and len(found.commits) >= total,
        files=files,
        files_complete=complete,
        owners=await governed.owners(governing(base, head, CODEOWNERS, seen), paths),
        policies=await governed.policies(governing(base, head, POLICY_FILES, seen)),
        touches=await touches(questions, files, base),
    )


def is_check(reply_to: Mapping[str, Any]) -> bool:
    """Whether the answer goes to a check, and not to a run that waits."""
    return "check" in reply_to
