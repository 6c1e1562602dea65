"""How does a pull request of Gitea or Forgejo wait for a signoff before it is merged?

Branch protection requires a status of its head, and we set it. The delivery is only a hint: what the
pull request holds we ask the forge itself, at addresses we build.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.gitea.payloads import FORMATS, CommitEntry, FileEntry, PullRequest, PullSeen
from bot.pipelines.gitea.questions import Questions
from bot.pipelines.merging import Contents, Pull, legible, waiting
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform
from bot.pipelines.problems import invalid
from bot.pipelines.sentence import sentence
from bot.ports import Delivery, Landing, Malformed, Sighting, Unauthenticated, Undelivered
from bot.strict_json import decode

SEEN = ("opened", "reopened", "synchronized", "synchronize", "edited")
"""What happens to a pull request that may bring commits, or another branch to go into."""

MOST_COMMITS, MOST_FILES = 300, 3_000
WITHOUT_MORE = "&stat=false&verification=false&files=false"
LONGEST_WORD = 140
CLOCKS_DIFFER = timedelta(minutes=1)

_HEX = re.compile(r"[0-9a-f]{64}")
_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,64}")
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GiteaPipeline:
    """Fulfils `bot.ports.Pipeline` and `Herald`. `status` is what we call ours, `environment` what
    rules call the place that it guards.
    """

    name: str
    platform: Platform
    secret: bytes = field(repr=False)
    status: str
    environment: str

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError(f"connection {self.name} has no secret")

    @property
    def reopens(self) -> bool:
        """A status can be set anew."""
        return True

    @property
    def fetches(self) -> bool:
        return True

    def verify(self, delivery: Delivery) -> str:
        # Forgejo sends both, and more that other forges use: a bad one is not rescued by another.
        offered = _of(delivery, "signature")
        if not _HEX.fullmatch(offered):
            raise Unauthenticated("the signature is missing, empty or not 64 hex digits")
        expected = hmac.digest(self.secret, delivery.body, hashlib.sha256)
        if not hmac.compare_digest(expected, bytes.fromhex(offered)):
            raise Unauthenticated("the signature does not match")
        delivery_id = _of(delivery, "delivery")
        if not _DELIVERY.fullmatch(delivery_id):
            raise Unauthenticated("the delivery has no id")
        return delivery_id

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        if _of(delivery, "event") != "pull_request":
            return None
        payload = decode(delivery.body)
        if not isinstance(payload, dict):
            raise Malformed("a delivery must be a JSON object, sent as application/json")
        if payload.get("action") not in SEEN:
            return None
        return await self._seen(_said(payload))

    async def _seen(self, seen: PullSeen) -> Change | Sighting | None:
        """Something newer has a delivery of its own: of this one, what it shows is remembered."""
        repository, number = seen.repository.full_name, str(seen.pull_request.number)
        questions = Questions(self.platform, repository)
        now, moment = await questions.dated(PullRequest, "pulls", number)
        if not now.open:
            return None
        link = f"{self.platform.url}/{repository}/pulls/{number}"
        pusher = None if seen.only_words else seen.sender
        if now.head.sha != seen.pull_request.head.sha:
            old = seen.pull_request.pull(repository, link, pusher)
            return Sighting(self._change(old, Contents()))
        contents = await _contents(questions, now, shows=_would_show(now, moment))
        change = self._change(now.pull(repository, link, pusher), contents)
        return Sighting(change) if seen.only_words else change

    def _change(self, pull: Pull, contents: Contents) -> Change:
        return waiting(
            pull,
            contents,
            connection=self.name,
            environment=self.environment,
            reply_to={
                "repository": pull.repository,
                "sha": pull.head,
                "status": f"{self.status}/{pull.target}",
            },
        )

    async def show_waiting(self, signoff: Signoff) -> None:
        await self._set(signoff, "pending", f"Waits for a sign-off (Countersign {signoff.id})")

    async def report(self, signoff: Signoff) -> None:
        state = "success" if signoff.status.proceed else "failure"
        await self._set(signoff, state, sentence(signoff, LONGEST_WORD))

    async def _set(self, signoff: Signoff, state: str, why: str) -> None:
        """Of a name the newest counts, so a repeated answer does no harm."""
        to = signoff.change.reply_to
        sha, repository = to.get("sha", ""), to.get("repository", "")
        right = _REVISION.fullmatch(sha) and sha == signoff.change.revision
        if not right or repository != signoff.change.repository or "status" not in to:
            raise Undelivered("its return address names no commit of this forge", final=True)
        said = {"context": to["status"], "state": state, "description": why}
        place = Questions(self.platform, repository).place("statuses", sha)
        await self.platform.call("POST", place, said)


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
    known = after.changed_files is None or len(files) >= after.changed_files
    heads = {it.sha for it in entries.entries}
    return Contents(
        commits=tuple(it.to_commit() for it in entries.entries),
        commits_complete=whole and entries.all and pull.head.sha in heads,
        files=files,
        files_complete=whole and listed.all and known and all(map(legible, files)),
    )


def _of(delivery: Delivery, what: str) -> str:
    """Forgejo's own header before the one it sends for the sake of others."""
    named = (f"x-forgejo-{what}", f"x-gitea-{what}")
    return next((delivery.headers[it] for it in named if it in delivery.headers), "")


def _said(payload: dict[str, object]) -> PullSeen:
    try:
        return PullSeen.model_validate(payload)
    except ValidationError as error:
        raise invalid(error, root="", formats=FORMATS) from error


def make(parts: Parts) -> GiteaPipeline:
    headers = {"authorization": f"token {parts.secrets['api_token']}"}
    return GiteaPipeline(
        name=parts.name,
        platform=parts.platform("Gitea", headers),
        secret=parts.secrets["webhook_secret"].encode(),
        status=parts.words["status"],
        environment=parts.words["environment"],
    )
