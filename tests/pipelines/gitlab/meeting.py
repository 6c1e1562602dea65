"""Our pipeline and the GitLab it talks to, met on this machine.

async with meeting() as here:
    here.gitlab.add_request(12, head=SHA)
    here.gitlab.add_job(657, sha=SHA)
    change = await here.read()
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.change import Change
from bot.domain.signoff import Signoff, Status
from bot.pipelines.gitlab import pipeline as gitlab
from bot.pipelines.gitlab.pipeline import GitLabPipeline
from bot.pipelines.parts import Parts, nothing_went_on
from bot.ports import Sighting, WentOn
from bot.sender import Sender
from tests.pipelines.asked import asked
from tests.pipelines.gitlab.fake_gitlab import CHECK_SECRET, SIGNING, START, TOKEN, FakeGitLab
from tests.pipelines.signoffs import NOON, Outside, a_signoff

SHA = "4f" * 20
MEBIBYTE = 1 << 20
SECRETS = {
    "api_token": TOKEN,
    "signing_token": SIGNING,
    "status_check_secret": CHECK_SECRET,
}
ALL = ("deployment-approval", "manual-job", "status-check")


@dataclass
class Meeting:
    """Our pipeline and the GitLab it talks to."""

    gitlab: FakeGitLab
    pipeline: GitLabPipeline
    went_on: dict[tuple[str, str], str]
    """The revision that went on last, by repository and environment."""

    async def read_all(self, **said: Any) -> tuple[Change, ...]:
        found = await self.pipeline.read(self.gitlab.pipeline_delivery(**({"sha": SHA} | said)))
        assert isinstance(found, tuple)
        return found

    async def read(self, **said: Any) -> Change:
        [change] = await self.read_all(**said)
        return change

    async def see(self, **said: Any) -> Change:
        seen = await self.pipeline.read(self.gitlab.request_delivery(**said))
        assert isinstance(seen, Sighting)
        return seen.change

    async def asked(self, **said: Any) -> Change:
        return asked(await self.pipeline.read(self.gitlab.check_delivery(**said)))

    async def tell(self, change: Change, status: Status = Status.APPROVED) -> None:
        await self.pipeline.report(a_decision(change, status))

    def calls(self, words: str) -> list[str]:
        """Those that hold these words, as GitLab heard them."""
        return [call for call in self.gitlab.calls if words in call]


def a_decision(change: Change, status: Status = Status.APPROVED) -> Signoff:
    return replace(a_signoff(status), change=change)


@asynccontextmanager
async def meeting(**settings: Any) -> AsyncIterator[Meeting]:
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(FakeGitLab())
        # As the house opens it: nothing but what lies under the configured address is private.
        sender = Sender(private_prefixes=(f"{server.url}/",), max_body=10 * MEBIBYTE)
        send = await opened.enter_async_context(sender)
        went_on = {("acme/payments-api", "production"): START}

        async def known(repository: str, environment: str) -> str:
            return went_on.get((repository, environment), "")

        ours = a_pipeline(url=server.url, send=send, went_on=known, **settings)
        yield Meeting(server, ours, went_on)


def a_pipeline(
    *,
    url: str = "https://gitlab.acme.example",
    send: Any = None,
    secrets: dict[str, str] | None = None,
    words: dict[str, str] | None = None,
    went_on: WentOn = nothing_went_on,
    **lists: tuple[str, ...],
) -> GitLabPipeline:
    return gitlab.make(
        Parts(
            name="gitlab",
            url=url,
            secrets=SECRETS if secrets is None else secrets,
            words=words or {},
            lists={"gate": ALL, **lists},
            link_prefix="",
            public_url="https://countersign.acme.example",
            clock=lambda: NOON,
            send=send or Outside(),
            went_on=went_on,
        )
    )
