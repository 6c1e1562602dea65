"""How does a workflow of Argo ask for a signoff, and go on after its suspend step?

Argo tells nobody that it waits: a step beside the suspended one announces the change. Resuming
without a selector would resume all that is suspended, so there always is one that names a single
node. (argo-workflows, source f016ad8 of 2026-08; docs/pipelines/argo-workflows.md)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, model_validator

from bot.domain.signoff import Signoff
from bot.pipelines.gated import GatedPipeline, Place, StatedAtGate, gated, like
from bot.pipelines.gates.kubernetes import Name
from bot.pipelines.parts import Parts
from bot.pipelines.platform import Platform, Refused, bearer, path
from bot.pipelines.sentence import sentence
from bot.ports import NotYet, Undelivered

_NONE_WAITS = re.compile(rb"no suspend nodes matching", re.IGNORECASE)
_OVER = frozenset({"Succeeded", "Failed", "Error"})


# Nothing that has a meaning in a selector: no comma, =, ! or backslash.
Uuid = Annotated[
    str,
    like(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}",
        "must be the step's parameter uuid: letters, digits, -, _ and .",
    ),
]
Node = Annotated[
    str,
    like(
        r"[a-z0-9][A-Za-z0-9._\[\]-]{0,499}",
        "must be a node's full name, such as deploy-x7k2p.approve",
    ),
]


class WorkflowPlace(Place):
    """A suspended node of a workflow: by its input parameter `uuid`, or by its full name, `node`."""

    namespace: Name
    workflow: Name
    uuid: Uuid | None = None
    node: Node | None = None

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.workflow}"

    @model_validator(mode="after")
    def _names_one(self) -> WorkflowPlace:
        if (self.uuid is None) == (self.node is None):
            raise ValueError("must hold either the uuid or the node of the suspended step")
        return self

    @property
    def selector(self) -> str:
        return f"name={self.node}" if self.node else f"inputs.parameters.uuid.value={self.uuid}"


class _Parameter(BaseModel):
    name: str = ""
    value: object = None


class _Inputs(BaseModel):
    parameters: list[_Parameter] = []


class _Node(BaseModel):
    type: str = ""
    name: str = ""
    phase: str = ""
    inputs: _Inputs | None = None

    def is_at(self, at: WorkflowPlace) -> bool:
        if at.node:
            return self.name == at.node
        given = self.inputs.parameters if self.inputs else []
        return any(it.name == "uuid" and it.value == at.uuid for it in given)


class _Status(BaseModel):
    phase: str = ""
    nodes: dict[str, _Node] | None = None

    def phases(self, at: WorkflowPlace) -> Sequence[str]:
        """Of the suspended nodes that this place names."""
        nodes = (self.nodes or {}).values()
        return [it.phase for it in nodes if it.type == "Suspend" and it.is_at(at)]


class _Workflow(BaseModel):
    status: _Status


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowGate:
    """Fulfils `Gate`. To stop is to have the suspended node fail."""

    platform: Platform

    place = WorkflowPlace
    stated = StatedAtGate[WorkflowPlace]
    reopens = False

    async def proceed(self, signoff: Signoff, at: WorkflowPlace) -> None:
        if not await self._put(at, "resume", {}):
            await self._still_to_come(at)
            raise Undelivered("the step does not wait any more", final=True)

    async def stop(self, signoff: Signoff, at: WorkflowPlace) -> None:
        # In braces Argo would look for a template's variable.
        message = sentence(signoff).replace("{", "(").replace("}", ")")
        if not await self._put(at, "stop", {"message": message}):
            phases = await self._still_to_come(at)
            if "Succeeded" in phases:
                raise Undelivered("somebody else resumed the step before", final=True)

    async def _put(self, at: WorkflowPlace, action: str, more: Mapping[str, str]) -> bool:
        """False if no such node is suspended; Argo answers 500 then."""
        told = {"name": at.workflow, "namespace": at.namespace, "nodeFieldSelector": at.selector}
        try:
            await self.platform.call("PUT", f"{_address(at)}/{action}", {**told, **more})
        except Refused as refused:
            if not _NONE_WAITS.search(refused.answer.body):
                raise
            return False
        return True

    async def _still_to_come(self, at: WorkflowPlace) -> Sequence[str]:
        """The phases of the nodes there. Raises NotYet if the workflow may still get there."""
        asked = f"{_address(at)}?fields=status.phase,status.nodes"
        status = (await self.platform.get(asked, _Workflow)).status
        phases = status.phases(at)
        if status.phase not in _OVER and (not phases or "Running" in phases):
            raise NotYet("the workflow does not wait at that step yet")
        return phases


def _address(at: WorkflowPlace) -> str:
    return path("api", "v1", "workflows", at.namespace, at.workflow)


def make(parts: Parts) -> GatedPipeline:
    platform = parts.platform("Argo Workflows", bearer(parts.secrets["api_token"]))
    return gated(parts, WorkflowGate(platform=platform))
