"""How does a CircleCI workflow ask for a signoff, and go on after its approval job?

CircleCI tells nobody that a workflow is on hold: a job before the approval job announces the change.
There is no way to say no to an approval job, so then the workflow is cancelled.
(circleci-docs 9734a14 of 2026-08; docs/pipelines/circleci.md)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Place, StatedAtGate, gated, like
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, path
from bot.pipelines.stated_words import Key
from bot.ports import NotYet, Undelivered

MOST_PAGES = 20
"""Of a workflow's jobs."""

_OF_A_HOST = re.compile(r"(?:gh|github|bb|bitbucket)/([^/]+/[^/]+)")
_STOPPED = frozenset({"canceled", "error", "failed", "not_run", "unauthorized"})

Uuid = Annotated[
    str,
    like(
        r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "must be the id of a workflow, as $CIRCLE_WORKFLOW_ID has it",
    ),
    AfterValidator(str.lower),
]


class CircleCiPlace(Place):
    """`workflow` by its id, and `job`: the name of an approval job in it."""

    workflow: Uuid
    job: Key

    @property
    def name(self) -> str:
        return self.job


class _Workflow(BaseModel):
    pipeline_id: str
    status: str


class _Vcs(BaseModel):
    revision: str


class _Pipeline(BaseModel):
    id: str
    project_slug: str = ""
    vcs: _Vcs | None = None

    def may_be_of(self, repository: str) -> bool:
        """Slugs of other projects (circleci/…) are ids, which say nothing of a repository."""
        named = _OF_A_HOST.fullmatch(self.project_slug)
        return named is None or named[1].casefold() == repository.casefold()


class _Jobs(BaseModel):
    items: list[dict[str, Any]]
    next_page_token: str | None = None


class _Me(BaseModel):
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleCiGate:
    """Fulfils `Gate`."""

    platform: Platform

    place = CircleCiPlace
    stated = StatedAtGate[CircleCiPlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: CircleCiPlace) -> None:
        workflow = await self._workflow(signoff, at)
        match await self._approval(at):
            case {"status": "on_hold", "approval_request_id": str(request)}:
                await self.platform.call("POST", f"{_address(at)}{path('approve', request)}")
            case {"status": "success", "approved_by": somebody}:
                if somebody != (await self.platform.get("/api/v2/me", _Me)).id:
                    raise Undelivered("the job was approved by somebody else", final=True)
            case _:
                if workflow.status in _STOPPED | {"success"}:
                    detail = "the workflow is over and does not wait any more"
                    raise Undelivered(detail, final=True)
                raise NotYet("the workflow does not wait at that approval job yet")

    async def stop(self, signoff: Signoff, at: CircleCiPlace) -> None:
        workflow = await self._workflow(signoff, at)
        if workflow.status in _STOPPED:
            return
        if workflow.status == "success":
            raise Undelivered("the workflow has succeeded: it cannot be stopped", final=True)
        await self.platform.call("POST", f"{_address(at)}/cancel")

    async def _workflow(self, signoff: Signoff, at: CircleCiPlace) -> _Workflow:
        """Raises Undelivered if it is not of the repository and commit that were decided on."""
        workflow = await self.platform.get(_address(at), _Workflow)
        where = path("api", "v2", "pipeline", workflow.pipeline_id)
        pipeline = await self.platform.get(where, _Pipeline)
        if not pipeline.may_be_of(signoff.change.repository):
            raise Undelivered("the workflow is of another repository", final=True)
        vcs = pipeline.vcs
        if vcs is None:
            raise Undelivered("CircleCI does not say which commit the workflow is of", final=True)
        if vcs.revision != signoff.change.revision:
            raise Undelivered("the workflow is of another commit", final=True)
        return workflow

    async def _approval(self, at: CircleCiPlace) -> Mapping[str, Any] | None:
        """Raises Undelivered if there is more than one of that name, or may be."""
        found: list[Mapping[str, Any]] = []
        where = f"{_address(at)}/job"
        for _ in range(MOST_PAGES):
            page = await self.platform.get(where, _Jobs)
            found += [job for job in page.items if _is_approval(job, at.job)]
            if not page.next_page_token:
                break
            where = f"{_address(at)}/job?page-token={quote(page.next_page_token, safe='')}"
        else:
            raise Undelivered("the workflow has too many jobs to look at", final=True)
        if len(found) > 1:
            raise Undelivered("more than one approval job is called so", final=True)
        return found[0] if found else None


def _address(at: CircleCiPlace) -> str:
    return path("api", "v2", "workflow", at.workflow)


def _is_approval(job: Mapping[str, Any], name: str) -> bool:
    return job.get("type") == "approval" and job.get("name") == name


def make(parts: Parts) -> GatedPipeline:
    platform = parts.platform("CircleCI", {"circle-token": parts.secrets["api_token"]})
    return gated(parts, CircleCiGate(platform=platform))
