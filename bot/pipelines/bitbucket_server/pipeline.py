"""How does a pull request of Bitbucket Data Center wait for a signoff before it is merged?

Its head has a build status of ours, and the check "Required builds" (7.14) of the branch it goes into
asks for builds of our name for that branch. The delivery is only a hint: what the pull request holds
we ask Bitbucket itself, at addresses we build.

A status is set by `POST …/commits/{id}/builds` (7.4, its OpenAPI document of 9.2). The check compares
`parent`, which is therefore never left out (BSERV-19804). There is no `ref`: it is optional, of the
same key there may be one status for each, and that of a fork is none of the repository it goes into,
where the status belongs also then (jenkinsci/bitbucket-branch-source-plugin 930, 998 and 999).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.bitbucket_server.payloads import (
    FORMATS,
    CommitEntry,
    FileEntry,
    PullRequest,
    PullSeen,
)
from bot.pipelines.bitbucket_server.questions import Questions
from bot.pipelines.governing import NO_POLICY
from bot.pipelines.merging import Contents, Forge, Words, place
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Refused, Unreadable, bearer, path
from bot.pipelines.problems import json_object, valid
from bot.pipelines.signatures import verify_hex
from bot.pipelines.told import legible
from bot.ports import Abandoned, Delivery, Merged, Sighting, TakenUp, Told, Unauthenticated

REOPENED, DECLINED, DELETED, MERGED = "pr:reopened", "pr:declined", "pr:deleted", "pr:merged"
ENDS = (DECLINED, DELETED, MERGED)
EVENTS = ("pr:opened", "pr:from_ref_updated", "pr:modified", REOPENED, *ENDS)
"""What happens to a pull request that may bring commits, or another branch to go into, or ends it.
That it is opened again is not on Atlassian's list, but others get it: where it is not told, whoever
opened it pushes, or edits it, and is asked for then.
"""

POLICY = ".countersign.yaml"

PAGES_OF_COMMITS = 3
LONGEST_NAME = 255

_REQUEST = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BitbucketServerPipeline(Forge):
    """Fulfils `bot.ports.Pipeline` and `Herald`. `most_files` are as many as Bitbucket ever lists."""

    words: ClassVar = Words("INPROGRESS", "SUCCESSFUL", "FAILED")

    most_files: int

    def verify(self, delivery: Delivery) -> str:
        # Its button "Test connection" sends diagnostics:ping unsigned: that is from nobody, too.
        offered = delivery.headers.get("x-hub-signature", "")
        verify_hex(self.secrets, delivery.body, "x-hub-signature", offered, prefix="sha256=")
        request = delivery.headers.get("x-request-id", "")
        if not _REQUEST.fullmatch(request):
            raise Unauthenticated("x-request-id is missing or not an id")
        return request

    async def read(self, delivery: Delivery) -> Told:
        event = delivery.headers.get("x-event-key", "")
        if event not in EVENTS:
            return None
        return await self._seen(event, valid(PullSeen, json_object(delivery.body), FORMATS))

    async def _seen(
        self, event: str, seen: PullSeen
    ) -> Change | Sighting | Abandoned | Merged | TakenUp | None:
        """Something newer has a delivery of its own: of this one, what it shows is remembered."""
        told = seen.pull_request
        repository, number = told.to_ref.repository.full_name, str(told.id)
        questions = Questions(self.platform, repository)
        now = await _now(questions, number, may_be_gone=event == DELETED)
        if now is None:
            return self.given_up(repository, f"pull/{number}")
        if now.state != "OPEN":
            return self._ended(repository, now)
        link = f"{self.platform.url}{_page_of(repository, number)}"
        actor = None if seen.only_words or event in ENDS else seen.actor
        if now.from_ref.latest_commit != told.from_ref.latest_commit:
            return Sighting(self.waiting(told.pull(repository, link, actor), Contents()))
        contents = await self._contents(questions, now)
        change = self.waiting(now.pull(repository, link, actor), contents)
        change = replace(change, policies=await _policies(questions, now, contents))
        if event in (REOPENED, *ENDS):
            # Ended, and open again by now: what was withdrawn is asked about anew, and no more.
            return TakenUp(change=change, first=event == REOPENED)
        return Sighting(change) if seen.only_words else TakenUp(change=change, first=True)

    def _ended(self, repository: str, pull: PullRequest) -> Abandoned | Merged | None:
        """None in a state that is none of those we know."""
        lineage = f"pull/{pull.id}"
        if pull.state == "MERGED":
            head = pull.from_ref.latest_commit
            return self.merged(repository, lineage, head, pull.to_ref.branch)
        return self.given_up(repository, lineage) if pull.state == "DECLINED" else None

    async def _contents(self, questions: Questions, pull: PullRequest) -> Contents:
        """Of its files there is a list as of now only: it says of which head, and afterwards the
        pull request must be what it was."""
        number, head = str(pull.id), pull.from_ref.latest_commit
        base = pull.to_ref.latest_commit
        commits = await questions.commits(CommitEntry, head, base, pages=PAGES_OF_COMMITS)
        files = await questions.changes(FileEntry, number, limit=self.most_files)
        after = await questions.one(PullRequest, "pull-requests", number)
        still = after.state_now == pull.state_now
        named = [it.to_file() for it in files.values]
        known = tuple(it for it in named if it)
        # That more were cut off is not always said: as many as it lists at most may be any number.
        most = min(self.most_files, files.limit or self.most_files)
        whole = files.is_last_page is True and len(files.values) < most
        of_it = still and files.to_hash == head
        paths = (path for it in known for path in it.paths)
        return Contents(
            commits=tuple(it.to_commit() for it in commits.entries),
            commits_complete=commits.complete and head in {it.id for it in commits.entries},
            files=known,
            files_complete=of_it and whole and all(named) and legible(*paths),
        )

    async def _set(self, signoff: Signoff, state: str, why: str) -> None:
        """One of a key takes the place of the last, so a repeated answer does no harm."""
        at = place(signoff)
        said = {
            "key": _key(at.status),
            "parent": at.status,
            "state": state,
            "name": at.status[:LONGEST_NAME],
            "url": signoff.change.link,
            "description": why,
        }
        address = Questions(self.platform, at.repository).place("commits", at.sha, "builds")
        await self.platform.call("POST", address, said)


async def _now(questions: Questions, number: str, *, may_be_gone: bool) -> PullRequest | None:
    """None where it was deleted."""
    try:
        return await questions.one(PullRequest, "pull-requests", number)
    except Refused as refused:
        if may_be_gone and refused.answer.status == 404:
            return None
        raise


async def _policies(questions: Questions, pull: PullRequest, contents: Contents) -> tuple[str, ...]:
    """The repository's own policy, as the branch has it that it goes into; and as it would become."""
    touched = not contents.files_complete or any(POLICY in it.paths for it in contents.files)
    ends = (pull.to_ref, pull.from_ref) if touched else (pull.to_ref,)
    found: dict[str, None] = {}
    for revision in dict.fromkeys(it.latest_commit for it in ends):
        try:
            text = await questions.text(POLICY, revision)
        except Unreadable:
            text = NO_POLICY
        if text is not None:
            found[text] = None
    return tuple(found)


def _page_of(repository: str, number: str) -> str:
    key, _, slug = repository.partition("/")
    return path("projects", key, "repos", slug, "pull-requests", number)


def _key(status: str) -> str:
    """Another for each branch, and never too long."""
    return f"countersign-{hashlib.sha256(status.encode()).hexdigest()}"


def make(parts: Parts) -> BitbucketServerPipeline:
    return BitbucketServerPipeline(
        name=parts.name,
        platform=parts.platform("Bitbucket", bearer(parts.secrets["api_token"])),
        secrets=parts.keys("webhook_secret"),
        status=parts.words["check"],
        environment=parts.words["check_environment"],
        most_files=int(parts.words["page_max_changes"]),
    )
