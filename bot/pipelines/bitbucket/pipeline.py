"""How does a pull request of Bitbucket Cloud wait for a signoff before it is merged?

Its head has a build status of ours, which a merge check asks for. The delivery is only a hint: what
the pull request holds we ask Bitbucket itself, at addresses we build.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.change import Change
from bot.domain.globs import name_fits
from bot.domain.signoff import Signoff
from bot.pipelines.bitbucket.payloads import (
    FORMATS,
    CommitEntry,
    FileEntry,
    PullRequest,
    PullSeen,
    RepositoryNow,
)
from bot.pipelines.bitbucket.questions import Questions
from bot.pipelines.merging import Contents, Forge, Words, place
from bot.pipelines.parts import Parts
from bot.pipelines.platform import bearer
from bot.pipelines.problems import json_object, valid
from bot.pipelines.signatures import verify_hex
from bot.pipelines.told import legible
from bot.ports import Abandoned, Delivery, Merged, TakenUp, Told, Unauthenticated

REJECTED = "pullrequest:rejected"
FULFILLED = "pullrequest:fulfilled"
EVENTS = ("pullrequest:created", "pullrequest:updated", REJECTED, FULFILLED)
MERGED = "MERGED"
DECLINED = ("DECLINED", "SUPERSEDED")
"""For good: it cannot be opened again, only made anew."""

PAGES_OF_COMMITS, PAGES_OF_FILES = 3, 30
LONGEST_NAME = 200

_REQUEST = re.compile(r"[{}A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BitbucketPipeline(Forge):
    """Fulfils `bot.ports.Pipeline` and `Herald`. What it guards are `branches`, globs; none: the main
    branch.
    """

    words: ClassVar = Words("INPROGRESS", "SUCCESSFUL", "FAILED")

    web_url: str
    branches: tuple[str, ...] = ()

    def verify(self, delivery: Delivery) -> str:
        # GitHub's header of this name holds SHA-1; Bitbucket's SHA-256, and nothing else.
        offered = delivery.headers.get("x-hub-signature", "")
        verify_hex(self.secrets, delivery.body, "x-hub-signature", offered, prefix="sha256=")
        request = delivery.headers.get("x-request-uuid", "")
        if not _REQUEST.fullmatch(request):
            raise Unauthenticated("x-request-uuid is missing or not an id")
        return request

    async def read(self, delivery: Delivery) -> Told:
        event = delivery.headers.get("x-event-key")
        if event not in EVENTS:
            return None
        found = await self._seen(valid(PullSeen, json_object(delivery.body), FORMATS))
        if not isinstance(found, Change):
            return found
        # An ending opens nothing: whoever sent it made none of it.
        return None if event in (REJECTED, FULFILLED) else TakenUp(change=found, first=True)

    async def _seen(self, seen: PullSeen) -> Change | Abandoned | Merged | None:
        """None if it was pushed to by now: that has a delivery of its own.

        What it holds is what lies between two commits, each called in full: that never changes.
        """
        repository, number = seen.repository.full_name, str(seen.pullrequest.id)
        questions = Questions(self.platform, repository)
        now = await questions.one(PullRequest, "pullrequests", number)
        if now.state in DECLINED:
            return self.given_up(repository, f"pull/{number}")
        if now.state == MERGED:
            return await self._merged(questions, now)
        if now.state != "OPEN" or not now.may_be(seen.pullrequest):
            return None
        if not await self._guards(now.destination.branch.name, questions):
            return None
        head = await questions.whole(now.source.commit.hash)
        base = await questions.whole(now.destination.commit.hash)
        contents = await _contents(questions, head, base)
        after = await questions.one(PullRequest, "pullrequests", number)
        if (after.source, after.destination) != (now.source, now.destination):
            contents = replace(contents, commits_complete=False, files_complete=False)
        link = f"{self.web_url}/{repository}/pull-requests/{number}"
        return self.waiting(now.pull(repository, head, link, seen.actor), contents)

    async def _merged(self, questions: Questions, pull: PullRequest) -> Merged | None:
        """None where nobody waits for us: anybody may merge there."""
        branch = pull.destination.branch.name
        if not await self._guards(branch, questions):
            return None
        head = await questions.whole(pull.source.commit.hash)
        by = pull.closed_by.display_name if pull.closed_by else ""
        return self.merged(questions.repository, f"pull/{pull.id}", head, branch, by)

    async def _guards(self, branch: str, questions: Questions) -> bool:
        """A status is of a head, whatever it goes into: a yes for one branch would do for any."""
        if self.branches:
            return name_fits(branch, self.branches, certain=True)
        main = (await questions.one(RepositoryNow)).mainbranch
        return main is not None and main.name == branch

    async def _set(self, signoff: Signoff, state: str, why: str) -> None:
        """One of a key takes the place of the last, so a repeated answer does no harm."""
        at = place(signoff)
        said = {
            "key": _key(at.status),
            "state": state,
            "name": at.status[:LONGEST_NAME],
            "url": signoff.change.link,
            "description": why,
        }
        steps = ("commit", at.sha, "statuses", "build")
        address = Questions(self.platform, at.repository).place(*steps)
        await self.platform.call("POST", address, said)


async def _contents(questions: Questions, head: str, base: str) -> Contents:
    """What `head` adds to `base`. Of two commits Bitbucket takes the newer first, unlike git."""
    files = await questions.several(
        FileEntry, "diffstat", f"{head}..{base}", pages=PAGES_OF_FILES, more="&topic=true"
    )
    between = f"&include={head}&exclude={base}"
    commits = await questions.several(CommitEntry, "commits", pages=PAGES_OF_COMMITS, more=between)
    named = [it.to_file() for it in files.entries]
    known = tuple(it for it in named if it)
    paths = (path for it in known for path in it.paths)
    return Contents(
        commits=tuple(it.to_commit() for it in commits.entries),
        commits_complete=commits.complete and head in {it.hash for it in commits.entries},
        files=known,
        files_complete=files.complete and all(named) and legible(*paths),
    )


def _key(status: str) -> str:
    """At most 40 characters, and another for each branch."""
    return f"countersign-{hashlib.sha256(status.encode()).hexdigest()[:28]}"


def make(parts: Parts) -> BitbucketPipeline:
    return BitbucketPipeline(
        name=parts.name,
        platform=parts.platform("Bitbucket", bearer(parts.secrets["api_token"])),
        secrets=parts.keys("webhook_secret"),
        status=parts.words["check"],
        environment=parts.words["check_environment"],
        web_url=parts.words["web_url"].rstrip("/"),
        branches=parts.lists.get("branches", ()),
    )
