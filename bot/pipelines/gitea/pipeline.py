"""How does a pull request of Gitea or Forgejo wait for a signoff before it is merged?

Branch protection requires a status of its head, and we set it. The delivery is only a hint: what the
pull request holds we ask the forge itself, at addresses we build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.gitea.payloads import CommitEntry, FileEntry, PullRequest, PullSeen
from bot.pipelines.gitea.questions import Questions
from bot.pipelines.merging import Contents, Forge, Words, place
from bot.pipelines.parts import Parts
from bot.pipelines.problems import json_object, valid
from bot.pipelines.signatures import verify_hex
from bot.pipelines.told import FORMATS, legible
from bot.ports import (
    Abandoned,
    Delivery,
    Merged,
    Sighting,
    TakenUp,
    Told,
    Unauthenticated,
    Undelivered,
)

REOPENED, CLOSED = "reopened", "closed"
SEEN = ("opened", REOPENED, CLOSED, "synchronized", "synchronize", "edited")
"""What happens to a pull request that may bring commits, or another branch to go into."""

MOST_COMMITS, MOST_FILES = 300, 3_000
WITHOUT_MORE = "&stat=false&verification=false&files=false"
CLOCKS_DIFFER = timedelta(minutes=1)

_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaPipeline(Forge):
    """Fulfils `bot.ports.Pipeline` and `Herald`."""

    words: ClassVar = Words("pending", "success", "failure")

    def verify(self, delivery: Delivery) -> str:
        # Forgejo sends both, and more that other forges use: a bad one is not rescued by another.
        offered = _of(delivery, "signature")
        verify_hex(self.secrets, delivery.body, "the signature", offered)
        delivery_id = _of(delivery, "delivery")
        if not _DELIVERY.fullmatch(delivery_id):
            raise Unauthenticated("the delivery has no id")
        return delivery_id

    async def read(self, delivery: Delivery) -> Told:
        if _of(delivery, "event") != "pull_request":
            return None
        payload = json_object(delivery.body)
        if payload.get("action") not in SEEN:
            return None
        return await self._seen(valid(PullSeen, payload, FORMATS))

    async def _seen(
        self, seen: PullSeen
    ) -> Change | Sighting | Abandoned | Merged | TakenUp | None:
        """Something newer has a delivery of its own: of this one, what it shows is remembered."""
        repository, number = seen.repository.full_name, str(seen.pull_request.number)
        questions = Questions(self.platform, repository)
        now, moment = await questions.dated(PullRequest, "pulls", number)
        if not now.open:
            return self._ended(repository, now)
        link = f"{self.platform.url}/{repository}/pulls/{number}"
        pusher = None if seen.only_words or seen.action == CLOSED else seen.sender
        if now.head.sha != seen.pull_request.head.sha:
            old = seen.pull_request.pull(repository, link, pusher)
            return Sighting(self.waiting(old, Contents()))
        contents = await _contents(questions, now, shows=_would_show(now, moment))
        change = self.waiting(now.pull(repository, link, pusher), contents)
        if seen.action in (REOPENED, CLOSED):
            # Closed, and open again by now: what was withdrawn is asked about anew, and no more.
            return TakenUp(change=change, first=seen.action == REOPENED)
        return Sighting(change) if seen.only_words else TakenUp(change=change, first=True)

    def _ended(self, repository: str, pull: PullRequest) -> Abandoned | Merged | None:
        """None where the forge does not say how."""
        lineage = f"pull/{pull.number}"
        if pull.merged:
            by = pull.merged_by.login if pull.merged_by else ""
            return self.merged(repository, lineage, pull.head.sha, pull.base.ref, by)
        gone = pull.state == CLOSED and pull.merged is False
        return self.given_up(repository, lineage) if gone else None

    async def _set(self, signoff: Signoff, state: str, why: str) -> None:
        """Of a name the newest counts, so a repeated answer does no harm."""
        at = place(signoff)
        said = {"context": at.status, "state": state, "description": why}
        address = Questions(self.platform, at.repository).place("statuses", at.sha)
        await self.platform.call("POST", address, said)


def _would_show(pull: PullRequest, now: datetime | None) -> bool:
    """Whether `updated_at` tells of all that happens from now on: not within the very second it says.

    Else it could be sent to another branch and back while we are asking. Raises Undelivered where
    that second is soon over.
    """
    if pull.updated_at is None or now is None:
        return False
    left = pull.updated_at.replace(microsecond=0) - now
    if timedelta(0) <= left < CLOCKS_DIFFER:
        raise Undelivered("it was changed a moment ago", retry_after=timedelta(seconds=2))
    return left < timedelta(0)


async def _contents(questions: Questions, pull: PullRequest, *, shows: bool) -> Contents:
    """`shows`: whatever happened to it meanwhile can be seen afterwards."""
    steps = ("pulls", str(pull.number))
    listed = await questions.several(FileEntry, *steps, "files", most=MOST_FILES)
    entries = await questions.several(
        CommitEntry, *steps, "commits", most=MOST_COMMITS, more=WITHOUT_MORE
    )
    after = await questions.one(PullRequest, *steps)
    # The lists are of where it is, and goes, at that moment.
    whole = shows and after.state_now == pull.state_now
    files = tuple(it.to_file() for it in listed.entries)
    paths = (path for it in files for path in it.paths)
    known = after.changed_files is None or len(files) >= after.changed_files
    heads = {it.sha for it in entries.entries}
    return Contents(
        commits=tuple(it.to_commit() for it in entries.entries),
        commits_complete=whole and entries.complete and pull.head.sha in heads,
        files=files,
        files_complete=whole and listed.complete and known and legible(*paths),
    )


def _of(delivery: Delivery, what: str) -> str:
    """Forgejo's own header before the one it sends for the sake of others."""
    named = (f"x-forgejo-{what}", f"x-gitea-{what}")
    return next((delivery.headers[it] for it in named if it in delivery.headers), "")


def make(parts: Parts) -> GiteaPipeline:
    headers = {"authorization": f"token {parts.secrets['api_token']}"}
    return GiteaPipeline(
        name=parts.name,
        platform=parts.platform("Gitea", headers),
        secrets=parts.keys("webhook_secret"),
        status=parts.words["check"],
        environment=parts.words["check_environment"],
    )
