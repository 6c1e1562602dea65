"""How does a rollout of Argo ask for a signoff, and go on from its pause?

The job that changed the rollout announces the change. A rollout's name outlives its versions, so
its place is one step of one pod template hash, and what we send holds for the version we looked at
alone. (argo-rollouts, promote.go and abort.go 9f8d111 of 2026-08; docs/pipelines/argo-rollouts.md)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Number, Place, StatedAtGate, gated, like
from bot.pipelines.gates.kubernetes import Name
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, bearer, path
from bot.ports import NotYet, Undelivered

MERGE_PATCH = {"content-type": "application/merge-patch+json"}

_PAUSES = frozenset({"CanaryPauseStep", "BlueGreenPause"})
"""Others, as that of an inconclusive analysis, are not for us to end."""


Hash = Annotated[
    str,
    like(r"[a-z0-9]{1,63}", "must be a pod template hash: .status.currentPodHash of the rollout"),
]


class RolloutPlace(Place):
    """`hash` says which version of the rollout; `step` is the index of the canary's pause."""

    namespace: Name
    rollout: Name
    hash: Hash
    step: Number | None = None

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.rollout}"


class _Metadata(BaseModel):
    resourceVersion: str
    generation: int


class _Pause(BaseModel):
    reason: str


class _BlueGreen(BaseModel):
    activeSelector: str = ""


class _Status(BaseModel):
    observedGeneration: str = ""
    currentPodHash: str = ""
    stableRS: str = ""
    abort: bool = False
    currentStepIndex: int | None = None
    pauseConditions: list[_Pause] | None = None
    blueGreen: _BlueGreen = _BlueGreen()


class _Rollout(BaseModel):
    metadata: _Metadata
    status: _Status

    def is_of(self, at: RolloutPlace) -> bool:
        return self.status.currentPodHash == at.hash

    def went_on(self, at: RolloutPlace) -> bool:
        """Whether this version is beyond the place."""
        status = self.status
        if at.hash in (status.stableRS, status.blueGreen.activeSelector):
            return True
        if at.step is None or status.currentStepIndex is None:
            return False
        return self.is_of(at) and status.currentStepIndex > int(at.step)

    def waits(self, at: RolloutPlace) -> bool:
        step = None if at.step is None else int(at.step)
        reasons = {pause.reason for pause in self.status.pauseConditions or ()}
        return step == self.status.currentStepIndex and bool(reasons) and reasons <= _PAUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutGate:
    """Fulfils `Gate`. `platform` is the API of Kubernetes; to stop is to abort."""

    platform: Platform

    place = RolloutPlace
    stated = StatedAtGate[RolloutPlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: RolloutPlace) -> None:
        rollout = await self._look(at)
        if rollout.went_on(at):
            raise Undelivered("the rollout does not wait there any more", final=True)
        if not rollout.is_of(at):
            raise Undelivered("a newer version of the rollout took its place", final=True)
        if rollout.status.abort:
            raise Undelivered("the rollout was aborted", final=True)
        if at.step is None and rollout.status.currentStepIndex is not None:
            raise Undelivered("its return address names no step of the canary", final=True)
        if not rollout.waits(at):
            raise NotYet("the rollout does not wait there yet")
        await self._patch(at, rollout, {"pauseConditions": None})

    async def stop(self, signoff: Signoff, at: RolloutPlace) -> None:
        rollout = await self._look(at)
        if rollout.went_on(at):
            raise Undelivered("the rollout went on before: it is not aborted", final=True)
        if rollout.is_of(at) and not rollout.status.abort:
            await self._patch(at, rollout, {"abort": True})

    async def _look(self, at: RolloutPlace) -> _Rollout:
        """Raises NotYet while the status is that of an older spec."""
        rollout = await self.platform.get(_address(at), _Rollout)
        if rollout.status.observedGeneration != str(rollout.metadata.generation):
            raise NotYet("Argo has not seen the newest version of the rollout yet")
        return rollout

    async def _patch(self, at: RolloutPlace, seen: _Rollout, status: dict[str, object]) -> None:
        """Only if nothing changed since we looked."""
        version = {"resourceVersion": seen.metadata.resourceVersion}
        patch = {"metadata": version, "status": status}
        try:
            await self.platform.call("PATCH", f"{_address(at)}/status", patch, headers=MERGE_PATCH)
        except Refused as refused:
            if refused.answer.status == 409:
                raise NotYet("the rollout changed while we looked at it") from refused
            raise


def _address(at: RolloutPlace) -> str:
    group = ("apis", "argoproj.io", "v1alpha1")
    return path(*group, "namespaces", at.namespace, "rollouts", at.rollout)


def make(parts: Parts) -> GatedPipeline:
    platform = parts.platform("Kubernetes", bearer(parts.secrets["api_token"]))
    return gated(parts, RolloutGate(platform=platform))
