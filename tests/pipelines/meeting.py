"""Our pipeline and the GitHub it talks to, met on this machine.

async with meeting() as here:
    here.github.add_pull(12, head=SHA)
    change = await here.read()
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.domain.change import Change
from bot.pipelines.github.api import PERMISSIONS, TO_CHECK, GitHubApp
from bot.pipelines.github.checks import Checks
from bot.pipelines.github.pipeline import GitHubPipeline
from bot.ports import Sighting
from bot.sender import Sender
from tests.pipelines.github.fake_github import BASE, FakeGitHub, app_key, pem
from tests.pipelines.signoffs import NOON, Outside

SHA = "4f" * 20
MEBIBYTE = 1 << 20


@dataclass
class Meeting:
    """Our pipeline and the GitHub it talks to."""

    github: FakeGitHub
    pipeline: GitHubPipeline
    went_on: dict[tuple[str, str], str]
    """The revision that went on last, by repository and environment."""

    async def read(self, **said: Any) -> Change:
        change = await self.pipeline.read(self.github.rule_delivery(**({"sha": SHA} | said)))
        assert isinstance(change, Change)
        return change

    async def see(self, **said: Any) -> Change:
        seen = await self.pipeline.read(self.github.pull_delivery(**said))
        assert isinstance(seen, Sighting)
        return seen.change

    def asked(self, words: str) -> list[str]:
        """The calls that hold these words, as GitHub heard them."""
        return [call for call in self.github.calls if words in call]


@asynccontextmanager
async def meeting(*, check: str = "") -> AsyncIterator[Meeting]:
    """`check`: pull requests wait for a check of this name, in the environment "merge"."""
    async with AsyncExitStack() as opened:
        fake = FakeGitHub(clock=lambda: NOON, may_check=bool(check))
        github = await opened.enter_async_context(fake)
        sender = Sender(private_prefixes=(github.api_url,), max_body=10 * MEBIBYTE)
        app = GitHubApp(
            app_id=github.app_id,
            private_key=github.private_key,
            clock=lambda: NOON,
            send=await opened.enter_async_context(sender),
            api_url=github.api_url,
            permissions=TO_CHECK if check else PERMISSIONS,
        )
        checks = Checks(
            connection="github",
            name=check,
            environment="merge",
            app=app,
            web_url="https://github.com",
        )
        went_on = {(github.repository, "production"): BASE}

        async def known(repository: str, environment: str) -> str:
            return went_on.get((repository, environment), "")

        ours = a_pipeline(app, checks=checks if check else None, went_on=known)
        yield Meeting(github, ours, went_on)


@cache
def alone() -> GitHubApp:
    """An App that nobody answers."""
    return GitHubApp(app_id="1", private_key=pem(app_key()), clock=lambda: NOON, send=Outside())


def a_pipeline(app: GitHubApp | None = None, **settings: Any) -> GitHubPipeline:
    given: dict[str, Any] = {
        "name": "github",
        "app": app or alone(),
        "webhook_secrets": (b"It's a Secret to Everybody",),
    }
    return GitHubPipeline(**(given | settings))
