"""How does a run of HCP Terraform or Terraform Enterprise ask for a signoff, and get applied?

The job that began the run announces it. A run has one plan for good: a new plan is a new run, with
another id. Where the platform knows the commit of the configuration, it has to be the one that was
decided on. (terraform-docs-common 750b247 of 2025, api-docs/run; docs/pipelines/terraform.md)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Place, StatedAtGate, gated, like
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, bearer, path
from bot.pipelines.sentence import sentence
from bot.ports import NotYet, Undelivered

JSON_API = "application/vnd.api+json"

_NEVER_APPLIED = frozenset(
    [
        "discarded",
        "errored",
        "canceled",
        "force_canceled",
        "planned_and_finished",
        "policy_soft_failed",
    ]
)
_CONFIRMED = frozenset(
    ["confirmed", "pre_apply_running", "pre_apply_completed", "apply_queued", "applying", "applied"]
)


RunId = Annotated[
    str,
    like(r"run-[A-Za-z0-9]{1,64}", "must be the id of a run, such as run-CZcmD7eagjhyX0vN"),
]


class TerraformPlace(Place):
    """`run` by its id."""

    run: RunId


class _Actions(BaseModel):
    confirmable: bool = Field(alias="is-confirmable")
    discardable: bool = Field(alias="is-discardable")


class _Attributes(BaseModel):
    status: str
    actions: _Actions


class _Data(BaseModel):
    id: str
    attributes: _Attributes


class _Commit(BaseModel):
    sha: str | None = Field(default=None, alias="commit-sha")


class _Included(BaseModel):
    type: str
    attributes: _Commit = _Commit()


class _Run(BaseModel):
    data: _Data
    included: list[_Included] = []

    @property
    def commits(self) -> set[str]:
        """Of the configuration, where it came from a repository that the platform knows."""
        known = (it.attributes.sha for it in self.included if it.type == "ingress-attributes")
        return {sha for sha in known if sha}


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformGate:
    """Fulfils `Gate`. To stop is to discard the run."""

    platform: Platform

    place = TerraformPlace
    stated = StatedAtGate[TerraformPlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: TerraformPlace) -> None:
        run = await self._look(at)
        if run.commits - {signoff.change.revision}:
            raise Undelivered("the run is of another commit", final=True)
        status = run.data.attributes.status
        if status in _NEVER_APPLIED | _CONFIRMED:
            raise Undelivered("the run does not wait any more", final=True)
        if not run.data.attributes.actions.confirmable:
            raise NotYet("the run does not wait to be confirmed yet")
        await self._act(signoff, at, "apply")

    async def stop(self, signoff: Signoff, at: TerraformPlace) -> None:
        run = await self._look(at)
        status = run.data.attributes.status
        if status in _NEVER_APPLIED:
            return
        if status in _CONFIRMED:
            raise Undelivered("somebody else had the run applied before", final=True)
        if not run.data.attributes.actions.discardable:
            raise NotYet("the run cannot be discarded yet")
        await self._act(signoff, at, "discard")

    async def _look(self, at: TerraformPlace) -> _Run:
        where = f"{_address(at)}?include=configuration_version.ingress_attributes"
        run = await self.platform.get(where, _Run)
        if run.data.id != at.run:
            raise Undelivered("Terraform's answer is about another run", final=True)
        return run

    async def _act(self, signoff: Signoff, at: TerraformPlace, action: str) -> None:
        where, said = f"{_address(at)}/actions/{action}", {"comment": sentence(signoff)}
        await self.platform.call("POST", where, said, headers={"content-type": JSON_API})


def _address(at: TerraformPlace) -> str:
    return path("api", "v2", "runs", at.run)


def make(parts: Parts) -> GatedPipeline:
    headers = bearer(parts.secrets["api_token"]) | {"accept": JSON_API}
    return gated(parts, TerraformGate(platform=parts.platform("HCP Terraform", headers)))
