"""How does a pipeline of Spinnaker ask for a signoff, and go on from its manual judgment?

A stage before the judgment, or beside it, announces the change and names both ids. Spinnaker takes
a judgment on a stage that has not begun or is over, and says 200: so we look first. (Gate c0c8d1d,
Orca 2fdb327, sources of 2025; docs/pipelines/spinnaker.md)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, RootModel

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Place, StatedAtGate, gated, like
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, basic, bearer, path
from bot.pipelines.sentence import approver, sentence
from bot.ports import NotYet, Undelivered

_COMING = frozenset({"NOT_STARTED", "PAUSED", "SUSPENDED", "BUFFERED"})
_PASSED = frozenset({"SUCCEEDED", "SKIPPED"})

Id = Annotated[
    str,
    like(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", "must be an id of Spinnaker's: letters, digits and -"),
]


class SpinnakerPlace(Place):
    """`execution` of a pipeline, and its `stage` that is a manual judgment, both by id."""

    execution: Id
    stage: Id


class _Stage(BaseModel):
    id: str
    type: str
    status: str


class _Execution(BaseModel):
    id: str
    stages: list[_Stage]


class _Executions(RootModel[list[_Execution]]):
    """All that were asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpinnakerGate:
    """Fulfils `Gate`."""

    platform: Platform

    place = SpinnakerPlace
    stated = StatedAtGate[SpinnakerPlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: SpinnakerPlace) -> None:
        if await self._status(at) != "RUNNING":
            raise Undelivered("the judgment does not wait any more", final=True)
        await self._judge(at, "continue", approver(signoff))

    async def stop(self, signoff: Signoff, at: SpinnakerPlace) -> None:
        status = await self._status(at)
        if status in _PASSED:
            raise Undelivered("somebody else let the pipeline go on before", final=True)
        if status == "RUNNING":
            # What a stage holds is evaluated: ${…} would be an expression of Spinnaker's.
            why = sentence(signoff).replace("{", "(").replace("}", ")")
            await self._judge(at, "stop", why)

    async def _status(self, at: SpinnakerPlace) -> str:
        """Of the judgment. Raises NotYet if it is still to come."""
        asked = f"/executions?executionIds={at.execution}&expand=false"
        found = (await self.platform.get(asked, _Executions)).root
        stages = [it for one in found if one.id == at.execution for it in one.stages]
        stage = next((it for it in stages if it.id == at.stage), None)
        if stage is None or stage.type != "manualJudgment":
            raise Undelivered("Spinnaker shows us no such manual judgment", final=True)
        if stage.status in _COMING:
            raise NotYet("the pipeline does not wait at the judgment yet")
        return stage.status

    async def _judge(self, at: SpinnakerPlace, status: str, said: str) -> None:
        judgment = {"judgmentStatus": status, "judgmentInput": said}
        place = path("pipelines", at.execution, "stages", at.stage)
        await self.platform.call("PATCH", place, judgment)


def make(parts: Parts) -> GatedPipeline:
    token, user = parts.secrets["api_token"], parts.words.get("user", "")
    headers = basic(user, token) if user else bearer(token)
    return gated(parts, SpinnakerGate(platform=parts.platform("Spinnaker", headers)))
