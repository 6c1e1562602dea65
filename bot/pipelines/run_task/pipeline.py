"""How does a run task of HCP Terraform ask for a signoff, and hear of the decision?

It waits ten minutes after each sign of life, and about an hour in all: then the task has failed.
What it sends holds a live token, so it is stored sealed; the plan is asked of the platform itself, at
an address we build.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta

from bot.addresses import matches_prefix
from bot.domain.change import Change, Kind
from bot.domain.signoff import Signoff
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, bearer, path
from bot.pipelines.problems import json_object, valid
from bot.pipelines.run_task import plan
from bot.pipelines.run_task.payloads import FORMATS, RunAtTask
from bot.pipelines.run_task.plan import Plan
from bot.pipelines.sealing import seal, unseal_with_any
from bot.pipelines.sentence import sentence, waits
from bot.pipelines.signatures import verify_hex
from bot.ports import Delivery, Invalid, Landing, Problem, Sighting, Undelivered

SIGNATURE = "x-tfc-task-signature"
BEFORE_PLAN, STAGES = "pre_plan", ("pre_plan", "post_plan", "pre_apply")
TOO_LATE = "post_apply"
PING = "test-token"
"""The access token of the delivery that only tries whether anybody is here."""

EVERY, AT_MOST = timedelta(minutes=5), timedelta(minutes=60)
"""It hears that we still wait; half of what it grants."""

JSON_API = {"content-type": "application/vnd.api+json"}
NOTHING_APPLIED = "Nothing is applied by this run, so nobody is asked (Countersign)"

_CALLBACK = re.compile(r"/api/v2/task-results/([A-Za-z0-9_-]{1,100})/callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTaskPipeline:
    """Fulfils `bot.ports.Pipeline`, and `Discreet`, `Exacting` and `Impatient`.

    `archive` is where the platform may send us for a plan, besides to itself.
    """

    name: str
    platform: Platform
    keys: tuple[bytes, ...] = field(repr=False)
    archive: str
    link_prefix: str

    receipt = 200
    hears_every = EVERY
    waits_at_most = AT_MOST

    def __post_init__(self) -> None:
        if not self.keys or not all(self.keys):
            raise ValueError(f"connection {self.name} has no HMAC key")

    @property
    def reopens(self) -> bool:
        return False

    @property
    def fetches(self) -> bool:
        return True

    def verify(self, delivery: Delivery) -> str:
        # Without a key the platform sends the header empty: that proves nothing.
        offered = delivery.headers.get(SIGNATURE, "")
        verify_hex(self.keys, delivery.body, SIGNATURE, offered, digest="sha512")
        return hashlib.sha256(delivery.body).hexdigest()[:32]

    def sealed(self, delivery: Delivery) -> Delivery:
        return Delivery(headers={}, body=seal(self.keys[0], delivery.body, self.name).encode())

    async def read(self, delivery: Delivery) -> Change | Sighting | Landing | None:
        text = delivery.body.decode("ascii", "replace")
        payload = json_object(unseal_with_any(self.keys, text, self.name))
        stage = payload.get("stage")
        if payload.get("access_token") == PING or stage not in (*STAGES, TOO_LATE):
            return None
        if stage == TOO_LATE:
            raise Invalid(Problem("stage", "comes when all is applied: have it ask at post_plan"))
        return await self._asked(valid(RunAtTask, payload, FORMATS))

    async def _asked(self, asked: RunAtTask) -> Change | None:
        result = self._result(asked)
        if asked.is_speculative:
            await self._tell(result, asked.access_token, "passed", NOTHING_APPLIED)
            return None
        plan = await self._plan(asked)
        revision = asked.commit or (plan.digest if plan else "")
        if not revision:
            raise Invalid(
                Problem("vcs_commit_url", "names no commit, and there is no plan to name instead")
            )
        return self._change(asked, result, revision, plan)

    async def _plan(self, asked: RunAtTask) -> Plan | None:
        """None before there is one, and where it is not for us."""
        if asked.stage == BEFORE_PLAN or not asked.plan_json_api_url:
            return None
        place = plan.path_of(asked.plan_json_api_url, self.platform.url)
        if not place:
            raise Invalid(Problem("plan_json_api_url", "is not the address of a plan there"))
        return await plan.fetched(self.platform, place, asked.access_token, self.archive)

    def _result(self, asked: RunAtTask) -> str:
        """Where the answer goes: its id alone is taken from the address, if it is one of ours."""
        url, base = asked.task_result_callback_url, self.platform.url
        found = _CALLBACK.fullmatch(url.removeprefix(base)) if url.startswith(base) else None
        if found is None:
            raise Invalid(Problem("task_result_callback_url", "is not under this connection's url"))
        return found[1]

    def _change(self, asked: RunAtTask, result: str, revision: str, plan: Plan | None) -> Change:
        vouched = matches_prefix(asked.run_app_url, self.link_prefix)
        key = asked.task_result_id
        sealed = seal(self.keys[0], asked.access_token.encode(), self.name, key, result)
        return Change(
            connection=self.name,
            key=key,
            repository=asked.repository,
            revision=revision,
            environment=asked.workspace_name,
            title=asked.title,
            author=asked.who,
            kind=Kind.INFRASTRUCTURE,
            description=asked.run_message,
            url=asked.run_app_url,
            link=asked.run_app_url if vouched else "",
            branch=asked.vcs_branch,
            triggered_by=asked.who if asked.run_created_by else None,
            commits_complete=False,
            files_complete=False,
            artifact_digest=f"sha256:{plan.digest}" if plan else "",
            plan=plan.resources if plan else None,
            reply_to={"result": result, "sealed": sealed},
            shows_waiting=True,
        )

    async def show_waiting(self, signoff: Signoff) -> None:
        """Also a sign of life: its ten minutes begin anew."""
        result, token = self._return(signoff)
        await self._tell(result, token, "running", waits(signoff))

    async def report(self, signoff: Signoff) -> None:
        result, token = self._return(signoff)
        status = "passed" if signoff.status.proceed else "failed"
        await self._tell(result, token, status, sentence(signoff))

    def _return(self, signoff: Signoff) -> tuple[str, str]:
        """Where the answer goes, and what opens the door there."""
        kept = signoff.change.reply_to
        result, sealed = kept.get("result", ""), kept.get("sealed", "")
        if not result or not sealed:
            raise Undelivered("its return address names no run task", final=True)
        token = unseal_with_any(self.keys, sealed, self.name, signoff.change.key, result)
        return result, token.decode()

    async def _tell(self, result: str, token: str, status: str, why: str) -> None:
        attributes = {"status": status, "message": why}
        answer = {"data": {"type": "task-results", "attributes": attributes}}
        place = path("api", "v2", "task-results", result, "callback")
        headers = JSON_API | bearer(token)
        try:
            await self.platform.call("PATCH", place, answer, headers=headers)
        except Refused as refused:
            if refused.answer.status == 404:
                raise Undelivered("the run does not wait any more", final=True) from refused
            raise


def make(parts: Parts) -> RunTaskPipeline:
    return RunTaskPipeline(
        name=parts.name,
        platform=parts.platform("HCP Terraform", {}),
        keys=parts.keys("hmac_key"),
        archive=parts.words["archive_url"],
        link_prefix=parts.link_prefix or parts.url,
    )
