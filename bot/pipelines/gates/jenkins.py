"""How does a Jenkins pipeline ask for a signoff, and go on in its input step?

Jenkins tells nobody that it waits: the stage before the input announces the change, and names the
input. (pipeline-input-step-plugin d2b888d of 2026-07; docs/pipelines/jenkins.md)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StringConstraints

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Number, Place, StatedAtGate, gated
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, basic, decoded, path, read
from bot.pipelines.sentence import approver
from bot.ports import NotYet, Undelivered

_JOB = re.compile(r"[^/\x00-\x1f\x7f]{1,200}(?:/[^/\x00-\x1f\x7f]{1,200}){0,20}")
_INPUT = re.compile(r"[A-Za-z0-9._~!$()*+,:@=-]{1,100}")
_KNOWN = {
    re.compile(rb"already (?:been )?given"): "the input was answered already",
    re.compile(rb"You need to (?:be|have) "): (
        "Jenkins does not let us answer the input: is our user its submitter?"
    ),
}
_VISIBLE = re.compile(r"[!-~]{1,1000}")


def _job(text: str) -> str:
    if not _JOB.fullmatch(text) or any(step in (".", "..") for step in text.split("/")):
        raise ValueError("must be a job's full name, with its folders: payments/deploy")
    return text


def _input(text: str) -> str:
    if not _INPUT.fullmatch(text) or text in (".", ".."):
        raise ValueError("must be the id of an input step, in the characters Jenkins allows there")
    return text


class JenkinsPlace(Place):
    """`job` with its folders, `build` by number, and `input` as the pipeline calls its id."""

    job: Annotated[str, AfterValidator(_job)]
    build: Number
    input: Annotated[str, AfterValidator(_input)]

    @property
    def name(self) -> str:
        return self.job


class _Run(BaseModel):
    building: StrictBool
    result: object = None


class _Crumb(BaseModel):
    """In texts that a header can hold."""

    crumb: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,1000}$")]
    header: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,100}$"), Field(alias="crumbRequestField")
    ]


class Over(Undelivered):
    """The run has ended, with this result."""

    def __init__(self, result: str) -> None:
        super().__init__("the run is over and does not wait any more", final=True)
        self.result = result


@dataclass(frozen=True, slots=True, kw_only=True)
class JenkinsGate:
    """Fulfils `Gate`. `parameter` of the input, if there is one, is told who approved."""

    platform: Platform
    parameter: str = ""

    place = JenkinsPlace
    stated = StatedAtGate[JenkinsPlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: JenkinsPlace) -> None:
        if not self.parameter:
            await self._answer(at, "proceedEmpty", {})
            return
        who = {"name": self.parameter, "value": approver(signoff)}
        await self._answer(at, "proceed", {"json": json.dumps({"parameter": [who]})})

    async def stop(self, signoff: Signoff, at: JenkinsPlace) -> None:
        """One that is over by itself, and did not go well, need not be stopped."""
        try:
            await self._answer(at, "abort", {})
        except Over as over:
            if over.result not in ("ABORTED", "FAILURE", "NOT_BUILT"):
                raise

    async def _answer(self, at: JenkinsPlace, answer: str, form: Mapping[str, str]) -> None:
        try:
            await self._with_crumb(f"{_run(at)}{path('input', _capital(at.input), answer)}", form)
        except Refused as refused:
            if refused.answer.status == 400:
                _raise_what_people_know(refused)
            if refused.answer.status == 404:
                await self._not_there(at)
            raise

    async def _not_there(self, at: JenkinsPlace) -> None:
        """A run may be asked about before it comes to its input: the stage before is told at once
        where nobody has to sign.
        """
        run = await self.platform.get(f"{_run(at)}/api/json?tree=building,result", _Run)
        if run.building:
            raise NotYet("the run does not wait at that input now")
        raise Over(str(run.result))

    async def _with_crumb(self, place: str, form: Mapping[str, str]) -> None:
        """An API token needs no crumb; a password does, in the session that asked for it."""
        try:
            await self.platform.post_form(place, form)
        except Refused as refused:
            if refused.answer.status != 403 or b"crumb" not in refused.answer.body:
                raise
            await self.platform.post_form(place, form, headers=await self._crumb())

    async def _crumb(self) -> Mapping[str, str]:
        answer = await self.platform.call("GET", "/crumbIssuer/api/json")
        issued = read("Jenkins", _Crumb, decoded("Jenkins", answer.body))
        session = answer.headers.get("set-cookie", "").partition(";")[0].strip()
        kept = {"cookie": session} if _VISIBLE.fullmatch(session) else {}
        return {issued.header: issued.crumb, **kept}


def _raise_what_people_know(refused: Refused) -> None:
    for words, detail in _KNOWN.items():
        if words.search(refused.answer.body):
            raise Undelivered(detail, final=True) from refused


def _run(at: JenkinsPlace) -> str:
    return path(*(step for name in at.job.split("/") for step in ("job", name)), at.build)


def _capital(name: str) -> str:
    """Jenkins makes the first letter of an input's id a capital."""
    return name[:1].upper() + name[1:]


def make(parts: Parts) -> GatedPipeline:
    platform = parts.platform("Jenkins", basic(parts.words["user"], parts.secrets["api_token"]))
    return gated(parts, JenkinsGate(platform=platform, parameter=parts.words.get("parameter", "")))
