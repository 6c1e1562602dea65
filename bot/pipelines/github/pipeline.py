"""How does GitHub Actions ask for a signoff, and hear of the decision?

As a custom deployment protection rule: GitHub holds the job, the App answers. The delivery is
only a hint; what the change is, we ask GitHub itself, at addresses we build.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.domain.change import Change
from bot.domain.signoff import Signoff
from bot.pipelines.github.api import Access, GitHubApp
from bot.pipelines.github.checks import ASKED, Checks, is_check
from bot.pipelines.github.comment import comment
from bot.pipelines.github.endings import (
    GIVEN_UP,
    of_group_ended,
    of_pull_ended,
)
from bot.pipelines.github.facts import Facts, facts, run_attempt
from bot.pipelines.github.landings import key, landing
from bot.pipelines.github.missed import Missed
from bot.pipelines.github.payloads import (
    FORMATS,
    GroupAsked,
    Landed,
    PullSeen,
    RuleRequested,
    labels,
    pushers,
)
from bot.pipelines.github.questions import Questions
from bot.pipelines.github.rerequests import (
    REREQUESTED,
    RUN,
    SUITE,
    RunAskedAgain,
    SuiteAskedAgain,
    of_run,
    of_suite,
)
from bot.pipelines.github.shipping import since
from bot.pipelines.github.sightings import sighting
from bot.pipelines.parts import nothing_went_on
from bot.pipelines.problems import json_object, valid
from bot.pipelines.signatures import verify_hex
from bot.pipelines.told import is_number
from bot.ports import (
    Abandoned,
    AskedAgain,
    Delivery,
    Invalid,
    Malformed,
    Merged,
    Problem,
    Sighting,
    TakenUp,
    Told,
    Unauthenticated,
    Undelivered,
    WentOn,
)

RULE, STATE = "deployment_protection_rule", "deployment_status"
PULL, GROUP = "pull_request", "merge_group"
EVENTS = frozenset({RULE, STATE, PULL, GROUP, RUN, SUITE})

SEEN = ("opened", "edited", "reopened", "synchronize", "labeled")
"""What happens to a pull request that may bring evidence, or new commits."""

_DELIVERY = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubPipeline:
    """Fulfils `bot.ports.Pipeline` and `Herald`. Any of `webhook_secrets` verifies. `checks`: pull requests
    wait for us as well. `missed`: what GitHub could not deliver is asked for again. `went_on`: what
    a deployment is compared with.
    """

    name: str
    app: GitHubApp
    webhook_secrets: tuple[bytes, ...] = field(repr=False)
    web_url: str = "https://github.com"
    checks: Checks | None = None
    missed: Missed | None = None
    went_on: WentOn = nothing_went_on

    def __post_init__(self) -> None:
        if not self.webhook_secrets or not all(self.webhook_secrets):
            raise ValueError(f"connection {self.name} has no webhook secret")

    @property
    def reopens(self) -> bool:
        return False

    @property
    def fetches(self) -> bool:
        return True

    def verify(self, delivery: Delivery) -> str:
        # Only the SHA-256 header: the legacy one is SHA-1, and other products reuse its name.
        header = "x-hub-signature-256"
        offered = delivery.headers.get(header, "")
        verify_hex(self.webhook_secrets, delivery.body, header, offered, prefix="sha256=")
        delivery_id = delivery.headers.get("x-github-delivery", "")
        if not _DELIVERY.fullmatch(delivery_id):
            raise Unauthenticated("x-github-delivery is missing or not an id")
        return delivery_id

    async def read(self, delivery: Delivery) -> Told:
        event = delivery.headers.get("x-github-event")
        if event not in EVENTS:
            return None
        if "urlencoded" in delivery.headers.get("content-type", ""):
            raise Malformed("set the webhook's content type to application/json")
        payload = json_object(delivery.body)
        action = payload.get("action")
        if event == RULE:
            return await self._asked(payload) if action == "requested" else None
        if event == STATE:
            told = action == "created"
            return landing(self.name, valid(Landed, payload, FORMATS)) if told else None
        if event == PULL:
            return await self._pulled(payload, action)
        if event == GROUP:
            return await self._queued(payload, action)
        return await self._asked_again(payload) if action == REREQUESTED else None

    async def _queued(
        self, payload: dict[str, object], action: object
    ) -> Change | Abandoned | Merged | None:
        if self.checks is None or action not in ("checks_requested", "destroyed"):
            return None
        said = valid(GroupAsked, payload, FORMATS)
        if action == "destroyed":
            return of_group_ended(self.checks, said)
        return await self.checks.of_group(said)

    async def _asked_again(self, payload: dict[str, object]) -> AskedAgain | None:
        if self.checks is None:
            return None
        if "check_run" in payload:
            return of_run(self.name, self.app, valid(RunAskedAgain, payload, FORMATS))
        return await of_suite(self.name, self.app, valid(SuiteAskedAgain, payload, FORMATS))

    async def _asked(self, payload: dict[str, object]) -> Change:
        asked = valid(RuleRequested, payload, FORMATS)
        run_id = self._run_id(asked)
        questions = self._questions(asked)
        attempt = await run_attempt(questions, run_id)
        found = await facts(questions, asked.deployment.sha, asked.repository.default_branch)
        base = await self.went_on(asked.repository.full_name, asked.environment)
        whole = await since(questions, found, asked.deployment.sha, base)
        return self._change(asked, run_id, attempt, whole)

    async def _pulled(
        self, payload: dict[str, object], action: object
    ) -> Sighting | Abandoned | Merged | TakenUp | None:
        if self.checks and action in GIVEN_UP:
            return await of_pull_ended(self.checks, valid(PullSeen, payload, FORMATS))
        if self.checks and action in (*SEEN, *ASKED):
            seen = valid(PullSeen, payload, FORMATS)
            asked = await self.checks.of_pull(seen) if self.checks.asks(seen) else None
            if asked:
                return TakenUp(change=asked, first=True)
        return await self._seen(valid(PullSeen, payload, FORMATS)) if action in SEEN else None

    async def _seen(self, seen: PullSeen) -> Sighting:
        repository = seen.repository.full_name
        return await sighting(
            self._questions(seen),
            seen,
            connection=self.name,
            link=self._link(repository, seen.pull_request.lineage),
        )

    async def sweep(self) -> None:
        if self.missed:
            await self.missed.ask_again()

    async def show_waiting(self, signoff: Signoff) -> None:
        if is_check(signoff.change.reply_to):
            await self._checks_of(signoff).show_waiting(signoff)
        elif run := await self._run_that_waits(signoff):
            access, path, environment = run
            said = {"environment_name": environment, "comment": comment(signoff)}
            await self.app.post(access, path, said)

    async def report(self, signoff: Signoff) -> None:
        if is_check(signoff.change.reply_to):
            await self._checks_of(signoff).tell(signoff)
        elif run := await self._run_that_waits(signoff):
            access, path, environment = run
            state = "approved" if signoff.status.proceed else "rejected"
            said = {"environment_name": environment, "state": state, "comment": comment(signoff)}
            await self.app.post(access, path, said)

    async def take_back(self, signoff: Signoff) -> None:
        if is_check(signoff.change.reply_to):
            await self._checks_of(signoff).take_back(signoff)

    def _checks_of(self, signoff: Signoff) -> Checks:
        if self.checks is None:
            raise Undelivered(f"{self.name} sets no check any more")
        return self.checks

    async def _run_that_waits(self, signoff: Signoff) -> tuple[Access, str, str] | None:
        """Where to answer, and for which environment; None where there is nobody left to stop."""
        target = signoff.change.reply_to
        run_id, installation = target.get("run_id", ""), target.get("installation_id", "")
        digits = is_number(run_id) and is_number(installation)
        if not digits or not target.keys() >= {"repository", "environment", "run_attempt"}:
            raise Undelivered("its return address names no run of GitHub's", final=True)
        access = Access(installation=int(installation), repository=target["repository"])
        attempt = await run_attempt(Questions(self.app, access), run_id)
        if str(attempt) != target["run_attempt"]:
            # GitHub would take this answer for the new attempt, which has a signoff of its own.
            if signoff.status.proceed:
                raise Undelivered("the run was started again, and asks again", final=True)
            return None
        path = f"/repos/{access.repository}/actions/runs/{run_id}/deployment_protection_rule"
        return access, path, target["environment"]

    def _questions(self, about: RuleRequested | PullSeen) -> Questions:
        name = about.repository.full_name
        return Questions(self.app, Access(installation=about.installation.id, repository=name))

    def _link(self, repository: str, place: str) -> str:
        return f"{self.web_url.rstrip('/')}/{repository}/{place}"

    def _run_id(self, asked: RuleRequested) -> str:
        """The run's number, the one thing we take from the address, and only from our GitHub's."""
        start = f"{self.app.api_url}/repos/{asked.repository.full_name}/actions/runs/"
        url, end = asked.deployment_callback_url, "/deployment_protection_rule"
        run_id = url.removeprefix(start).removesuffix(end)
        if url != f"{start}{run_id}{end}" or not is_number(run_id):
            raise Invalid(
                Problem("deployment_callback_url", "is not the address of a run in this repository")
            )
        return run_id

    def _change(self, asked: RuleRequested, run_id: str, attempt: int, found: Facts) -> Change:
        repository, revision = asked.repository, asked.deployment.sha
        pull = found.pull
        link = self._link(repository.full_name, pull.lineage if pull else f"commit/{revision}")
        return Change(
            connection=self.name,
            key=key(repository, run_id, attempt, asked.environment),
            repository=repository.full_name,
            revision=revision,
            environment=asked.environment,
            title=found.title,
            author=found.author,
            base_revision=found.base,
            base_branch=pull.base.ref if pull else "",
            description=found.description,
            url=link,
            link=link,
            branch=pull.head.ref if pull else asked.deployment.ref,
            triggered_by=asked.triggered_by,
            commits=found.commits,
            commits_complete=found.commits_complete,
            files=found.files,
            files_complete=found.files_complete,
            lineage=found.lineage,
            ships=tuple(it.lineage for it in found.others),
            labels=labels(pull, *found.others),
            pushers=pushers(asked.sender, pull, *found.others),
            owners=found.owners,
            policies=found.policies,
            touches=found.touches,
            reply_to={
                "repository": repository.full_name,
                "run_id": run_id,
                "run_attempt": str(attempt),
                "environment": asked.environment,
                "installation_id": str(asked.installation.id),
            },
            shows_waiting=True,
        )
