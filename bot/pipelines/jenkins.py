"""How does a Jenkins pipeline ask for a signoff, and go on in its input step?

Jenkins tells nobody that it waits: the stage before the input announces the change, and names the
input. (pipeline-input-step-plugin, source of 2026-07; docs/pipelines/jenkins.md)
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Annotated

from pydantic import AfterValidator

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Number, Place, StatedAtGate, gated
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, path
from bot.pipelines.sentence import deciders
from bot.ports import Undelivered

_JOB = re.compile(r"[^/\x00-\x1f\x7f]{1,200}(?:/[^/\x00-\x1f\x7f]{1,200}){0,20}")
_INPUT = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SETTLED = re.compile(rb"already been given", re.IGNORECASE)


def _job(text: str) -> str:
    if not _JOB.fullmatch(text) or any(step in (".", "..") for step in text.split("/")):
        raise ValueError("must be a job's full name, with its folders: payments/deploy")
    return text


def _input(text: str) -> str:
    if not _INPUT.fullmatch(text):
        raise ValueError("must be the id of an input step: letters, digits, _ and -")
    return text


class JenkinsPlace(Place):
    """`job` with its folders, `build` by number, and `input` as the pipeline calls its id."""

    job: Annotated[str, AfterValidator(_job)]
    build: Number
    input: Annotated[str, AfterValidator(_input)]


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
            await self._post(f"{_input_of(at)}/proceedEmpty", {})
            return
        who = {"name": self.parameter, "value": ", ".join(deciders(signoff)) or signoff.id}
        form = {"json": json.dumps({"parameter": [who]})}
        await self._post(f"{_input_of(at)}/proceed", form)

    async def stop(self, signoff: Signoff, at: JenkinsPlace) -> None:
        await self._post(f"{_input_of(at)}/abort", {})

    async def _post(self, place: str, form: Mapping[str, str]) -> None:
        try:
            await self._with_crumb(place, form)
        except Refused as refused:
            if refused.answer.status == 404 or _SETTLED.search(refused.answer.body):
                raise Undelivered("the input does not wait any more", final=True) from refused
            raise

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
        try:
            said = json.loads(answer.body)
            crumb = {str(said["crumbRequestField"]): str(said["crumb"])}
        except (ValueError, LookupError, TypeError) as error:
            raise Undelivered("Jenkins' crumb cannot be read") from error
        cookies = SimpleCookie(answer.headers.get("set-cookie", ""))
        session = "; ".join(f"{name}={it.coded_value}" for name, it in cookies.items())
        return {**crumb, **({"cookie": session} if session else {})}


def _input_of(at: JenkinsPlace) -> str:
    """Jenkins makes the first letter of an input's id a capital."""
    steps = [step for name in at.job.split("/") for step in ("job", name)]
    called = at.input
    return path(*steps, at.build, "input", called[:1].upper() + called[1:])


def make(parts: Parts) -> GatedPipeline:
    basic = b64encode(f"{parts.words['user']}:{parts.secrets['api_token']}".encode()).decode()
    platform = parts.platform("Jenkins", {"authorization": f"Basic {basic}"})
    return gated(parts, JenkinsGate(platform=platform, parameter=parts.words.get("parameter", "")))
