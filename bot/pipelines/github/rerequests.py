"""Who wants our check again? "Re-run" beside one check, or beside all of ours.

What has expired is asked again, without a push. What waits or is decided is only told once more:
nobody makes a yes of a no here, and nobody a no of a yes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel

from bot.pipelines.github.api import Access, GitHubApp
from bot.pipelines.github.payloads import Installation, Repository
from bot.pipelines.github.questions import PER_PAGE, Questions
from bot.pipelines.told import Number, Sha
from bot.ports import AskedAgain

RUN, SUITE = "check_run", "check_suite"
REREQUESTED = "rerequested"

_SIGNOFF = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AppNamed(BaseModel):
    """Whose a check is. An App has two ids."""

    id: Number
    client_id: str | None = None


class CheckRun(BaseModel):
    """`external_id` is what its App wrote there: of ours, the signoff."""

    head_sha: Sha
    external_id: str | None = None
    app: AppNamed | None = None


class CheckRuns(BaseModel):
    """As GitHub lists them."""

    check_runs: list[CheckRun]


class RunAskedAgain(BaseModel):
    """`check_run`, action `rerequested`."""

    check_run: CheckRun
    repository: Repository
    installation: Installation


class CheckSuite(BaseModel):
    """All checks of one App on one commit."""

    id: Number
    head_sha: Sha
    app: AppNamed | None = None


class SuiteAskedAgain(BaseModel):
    """`check_suite`, action `rerequested`."""

    check_suite: CheckSuite
    repository: Repository
    installation: Installation


def of_run(connection: str, app: GitHubApp, said: RunAskedAgain) -> AskedAgain | None:
    """None if it is another App's: that may call its checks, and what they are for, as it likes."""
    run = said.check_run
    ours = _ours(app, [run], run.head_sha)
    if not ours:
        return None
    return AskedAgain(
        connection=connection,
        repository=said.repository.full_name,
        revision=run.head_sha,
        signoffs=ours,
    )


async def of_suite(connection: str, app: GitHubApp, said: SuiteAskedAgain) -> AskedAgain | None:
    """The newest of each name that it holds. Raises Undelivered or Unreachable."""
    suite, repository = said.check_suite, said.repository.full_name
    if not is_ours(app, suite.app):
        return None
    questions = Questions(app, Access(installation=said.installation.id, repository=repository))
    path = f"/check-suites/{suite.id}/check-runs?filter=latest&per_page={PER_PAGE}"
    found = await questions.one(CheckRuns, path)
    ours = _ours(app, found.check_runs, suite.head_sha)
    if not ours:
        return None
    return AskedAgain(
        connection=connection, repository=repository, revision=suite.head_sha, signoffs=ours
    )


def is_ours(app: GitHubApp, named: AppNamed | None) -> bool:
    """Whether it is this App, which may be configured by either of its ids."""
    return named is not None and app.app_id in (str(named.id), named.client_id)


def _ours(app: GitHubApp, runs: Sequence[CheckRun], head: str) -> tuple[str, ...]:
    """The signoffs that checks of our own, of that very commit, are of."""
    named = (it.external_id or "" for it in runs if is_ours(app, it.app) and it.head_sha == head)
    return tuple(dict.fromkeys(it for it in named if _SIGNOFF.fullmatch(it)))
