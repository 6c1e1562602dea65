"""How does a pull request of Bitbucket Cloud wait for a signoff before it is merged?

Its head has a build status of ours, which a merge check asks for. The delivery is only a hint: what
the pull request holds we ask Bitbucket itself, at addresses we build.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

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
from bot.pipelines.merging import Contents, Pull, legible, waiting
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform
from bot.pipelines.problems import invalid
from bot.pipelines.sentence import sentence
from bot.ports import Delivery, Landing, Malformed, Sighting, Unauthenticated, Undelivered
from bot.strict_json import decode

EVENTS = ("pullrequest:created", "pullrequest:updated")
PAGES_OF_COMMITS, PAGES_OF_FILES = 3, 30
LONGEST_WORD, LONGEST_NAME = 140, 200

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_REQUEST = re.compile(r"[{}A-Za-z0-9-]{1,64}")
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BitbucketPipeline:
    """Fulfils `bot.ports.Pipeline` and `Herald`. `status` is what we call ours, `environment` what
    rules call the place that it guards: `branches`, globs; none: the main branch.
    """

    name: str
    platform: Platform
    secret: bytes = field(repr=False)
    status: str
    environment: str
    web_url: str
    branches: tuple[str, ...] = ()

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
        # GitHub's header of this name holds SHA-1; Bitbucket's SHA-256, and nothing else.
        offered = delivery.headers.get("x-hub-signature", "")
        if not _SIGNATURE.fullmatch(offered):
            raise Unauthenticated("x-hub-signature is missing or not sha256=<64 hex>")
        expected = hmac.digest(self.secret, delivery.body, hashlib.sha256)
        if not hmac.compare_digest(expected, bytes.fromhex(offered.removeprefix("sha256="))):
            raise Unauthenticated("x-hub-signature does not match")
        request = delivery.headers.get("x-request-uuid", "")
        if not _REQUEST.fullmatch(request):
            raise Unauthenticated("x-request-uuid is missing or not an id")
        return request

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        if delivery.headers.get("x-event-key") not in EVENTS:
            return None
        payload = decode(delivery.body)
        if not isinstance(payload, dict):
            raise Malformed("a delivery must be a JSON object")
        return await self._seen(_said(payload))

    async def _seen(self, seen: PullSeen) -> Change | None:
        """None if it is closed by now; or pushed to: that has a delivery of its own.

        What it holds is what lies between two commits, each called in full: that never changes.
        """
        repository, number = seen.repository.full_name, str(seen.pullrequest.id)
        questions = Questions(self.platform, repository)
        now = await questions.one(PullRequest, "pullrequests", number)
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
        return self._change(now.pull(repository, head, link, seen.actor), contents)

    async def _guards(self, branch: str, questions: Questions) -> bool:
        """A status is of a head, whatever it goes into: a yes for one branch would do for any."""
        if self.branches:
            return name_fits(branch, self.branches, certain=True)
        main = (await questions.one(RepositoryNow)).mainbranch
        return main is not None and main.name == branch

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
        await self._set(signoff, "INPROGRESS", f"Waits for a sign-off (Countersign {signoff.id})")

    async def report(self, signoff: Signoff) -> None:
        state = "SUCCESSFUL" if signoff.status.proceed else "FAILED"
        await self._set(signoff, state, sentence(signoff, LONGEST_WORD))

    async def _set(self, signoff: Signoff, state: str, why: str) -> None:
        """One of a key takes the place of the last, so a repeated answer does no harm."""
        to = signoff.change.reply_to
        sha, repository, status = (to.get(it, "") for it in ("sha", "repository", "status"))
        right = _REVISION.fullmatch(sha) and sha == signoff.change.revision
        if not right or repository != signoff.change.repository or not status:
            raise Undelivered("its return address names no commit of Bitbucket's", final=True)
        said = {
            "key": _key(status),
            "state": state,
            "name": status[:LONGEST_NAME],
            "url": signoff.change.link,
            "description": why,
        }
        place = Questions(self.platform, repository).place("commit", sha, "statuses", "build")
        await self.platform.call("POST", place, said)


async def _contents(questions: Questions, head: str, base: str) -> Contents:
    """What `head` adds to `base`. Of two commits Bitbucket takes the newer first, unlike git."""
    files = await questions.several(
        FileEntry, "diffstat", f"{head}..{base}", pages=PAGES_OF_FILES, more="&topic=true"
    )
    between = f"&include={head}&exclude={base}"
    commits = await questions.several(CommitEntry, "commits", pages=PAGES_OF_COMMITS, more=between)
    named = [it.to_file() for it in files.entries]
    known = tuple(it for it in named if it)
    return Contents(
        commits=tuple(it.to_commit() for it in commits.entries),
        commits_complete=commits.all and head in {it.hash for it in commits.entries},
        files=known,
        files_complete=files.all and all(named) and all(map(legible, known)),
    )


def _key(status: str) -> str:
    """At most 40 characters, and another for each branch."""
    return f"countersign-{hashlib.sha256(status.encode()).hexdigest()[:28]}"


def _said(payload: dict[str, object]) -> PullSeen:
    try:
        return PullSeen.model_validate(payload)
    except ValidationError as error:
        raise invalid(error, root="", formats=FORMATS) from error


def make(parts: Parts) -> BitbucketPipeline:
    headers = {"authorization": f"Bearer {parts.secrets['api_token']}"}
    return BitbucketPipeline(
        name=parts.name,
        platform=parts.platform("Bitbucket", headers),
        secret=parts.secrets["webhook_secret"].encode(),
        status=parts.words["status"],
        environment=parts.words["environment"],
        web_url=parts.words["web_url"].rstrip("/"),
        branches=parts.lists.get("branches", ()),
    )
