"""How does a Buildkite build ask for a signoff, and go on after its block step?

The step before the block announces the change. Buildkite knows no "no" to a block step, so then the
build is cancelled. (buildkite/docs 35cf029 of 2026-08; docs/pipelines/buildkite.md)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Number, Place, StatedAtGate, gated, like
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, bearer, path
from bot.pipelines.sentence import approver
from bot.pipelines.stated_words import Key
from bot.ports import NotYet, Undelivered

# A build of many jobs is longer than an answer may be.
_ITS_BLOCKS = "?exclude_pipeline=true&job_states%5B%5D=blocked&job_states%5B%5D=unblocked"
_NO_JOBS = "?exclude_pipeline=true&exclude_jobs=true"

_STOPPED = frozenset({"canceled", "canceling", "failed", "not_run", "skipped"})

Slug = Annotated[
    str,
    like(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}",
        "must be a pipeline's slug, as in its address: payments-deploy",
    ),
]


class BuildkitePlace(Place):
    """`pipeline` by its slug, `build` by number, and `step`: the key of a block step, or its label."""

    pipeline: Slug
    build: Number
    step: Key

    @property
    def name(self) -> str:
        return f"{self.pipeline}/{self.step}"


class _Build(BaseModel):
    commit: str
    state: str
    blocked: bool = False
    meta_data: dict[str, Any] = {}
    jobs: list[dict[str, Any]] = []

    @property
    def is_over(self) -> bool:
        """A build that waits at a block is called passed, too."""
        return not self.blocked and self.state in _STOPPED | {"passed"}

    def block(self, step: str) -> Mapping[str, Any] | None:
        """The block step of this key, or else of this label. Raises Undelivered if there are more."""
        blocks = [job for job in self.jobs if job.get("type") == "manual"]
        found = [job for job in blocks if job.get("step_key") == step]
        found = found or [job for job in blocks if job.get("label") == step]
        if len(found) > 1:
            raise Undelivered("more than one block step of the build is called so", final=True)
        return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildkiteGate:
    """Fulfils `Gate`. `field` of the block step, if there is one, is told who approved."""

    platform: Platform
    organization: str
    field: str = ""

    place = BuildkitePlace
    stated = StatedAtGate[BuildkitePlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: BuildkitePlace) -> None:
        build = await self._build(signoff, at, _ITS_BLOCKS)
        fields = {self.field: approver(signoff)} if self.field else {}
        match build.block(at.step):
            case {"state": "blocked", "unblockable": True, "id": str(job)}:
                where = f"{self._address(at)}{path('jobs', job, 'unblock')}"
                await self.platform.call("PUT", where, {"fields": fields})
            case {"state": "unblocked"}:
                if not fields or build.meta_data.get(self.field) != fields[self.field]:
                    raise Undelivered("the block step was unblocked by somebody else", final=True)
            case {"state": "blocked"}:
                raise NotYet("Buildkite does not let anybody unblock the block step yet")
            case _:
                if build.is_over:
                    raise Undelivered("the build is over and does not wait any more", final=True)
                raise NotYet("the build does not wait at that block step yet")

    async def stop(self, signoff: Signoff, at: BuildkitePlace) -> None:
        build = await self._build(signoff, at, _NO_JOBS)
        if build.is_over and build.state in _STOPPED:
            return
        if build.is_over:
            raise Undelivered("the build has passed already: it cannot be stopped", final=True)
        try:
            await self.platform.call("PUT", f"{self._address(at)}/cancel")
        except Refused as refused:
            if refused.answer.status == 422:
                detail = "Buildkite did not cancel it: is blocked_state of the block step running?"
                raise Undelivered(detail, final=True) from refused
            raise

    async def _build(self, signoff: Signoff, at: BuildkitePlace, query: str) -> _Build:
        """Raises Undelivered if it is not of the commit that was decided on."""
        build = await self.platform.get(f"{self._address(at)}{query}", _Build)
        if build.commit != signoff.change.revision:
            raise Undelivered("the build is of another commit", final=True)
        return build

    def _address(self, at: BuildkitePlace) -> str:
        below = ("pipelines", at.pipeline, "builds", at.build)
        return path("v2", "organizations", self.organization, *below)


def make(parts: Parts) -> GatedPipeline:
    gate = BuildkiteGate(
        platform=parts.platform("Buildkite", bearer(parts.secrets["api_token"])),
        organization=parts.words["organization"],
        field=parts.words.get("field", ""),
    )
    return gated(parts, gate)
