"""Which change waits at an approval of AWS CodePipeline? The message only says where to look."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.addresses import matches_prefix
from bot.domain.change import Change, Commit, Identity
from bot.domain.spans import harmless
from bot.pipelines.codepipeline.aws import Service
from bot.pipelines.codepipeline.payloads import (
    FORMATS,
    PARALLEL,
    Action,
    ActionRuns,
    Approval,
    Executed,
    Execution,
    Revision,
    Said,
    State,
    Structure,
    Structured,
)
from bot.pipelines.platform import Answer, read
from bot.pipelines.problems import valid
from bot.pipelines.stated_words import Repository, Url
from bot.ports import Invalid, Malformed, Problem, Undelivered
from bot.strict_json import decode

LISTED = 100
LONGEST_TITLE, LONGEST_DESCRIPTION = 200, 2_000

_REPOSITORY: TypeAdapter[str] = TypeAdapter(Repository)
_URL: TypeAdapter[str] = TypeAdapter(Url)

_BY_HAND = ("StartPipelineExecution", "ManualRollback")
_USER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:user/(?:[!-~]*/)?([\w+=,.@-]{1,64})", re.ASCII)
_SSO = re.compile(
    r"arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role/AWSReservedSSO_[\w+=,.@-]+/([\w+=,.@-]{1,64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approval that waits, the execution it holds up, and the pipeline as it was then."""

    at: Approval
    execution: Execution
    structure: Structure


async def look(api: Service, at: Approval) -> Waiting | None:
    """None if nothing waits there with that token. Raises Invalid, Undelivered or Unreachable."""
    structure = await _structure(api, at.pipelineName)
    found = await _execution_id(api, at, structure)
    if not found:
        return None
    asked = {"pipelineName": at.pipelineName, "pipelineExecutionId": found}
    execution = (await _ask(api, "GetPipelineExecution", asked, Executed)).pipelineExecution
    if execution.pipelineExecutionId != found:
        raise Undelivered("AWS told us of another execution than we asked for")
    if execution.pipelineVersion != structure.version:
        structure = await _structure(api, at.pipelineName, execution.pipelineVersion)
    return Waiting(at, execution, structure) if execution.goes_on else None


async def state(api: Service, pipeline: str) -> State:
    return await _ask(api, "GetPipelineState", {"name": pipeline}, State)


async def _execution_id(api: Service, at: Approval, structure: Structure) -> str:
    """In PARALLEL mode a stage has several executions at once, and its state shows one of them."""
    if structure.executionMode != PARALLEL:
        return (await state(api, at.pipelineName)).waiting(at)
    asked = {"pipelineName": at.pipelineName, "maxResults": LISTED}
    runs = await _ask(api, "ListActionExecutions", asked, ActionRuns)
    found = (it for it in runs.actionExecutionDetails if it.waits(at))
    return next((it.pipelineExecutionId for it in found), "")


async def _structure(api: Service, name: str, version: int | None = None) -> Structure:
    asked = {"name": name} if version is None else {"name": name, "version": version}
    return (await _ask(api, "GetPipeline", asked, Structured)).pipeline


async def _ask(
    api: Service, operation: str, asked: Mapping[str, object], model: type[Answer]
) -> Answer:
    return read("AWS", model, await api.call(operation, asked))


def change(
    waiting: Waiting, *, connection: str, region: str, environment: str, link_prefix: str
) -> Change:
    """As much of it as CodePipeline knows: a commit, and neither its author nor its files.

    Raises Invalid where it is not known for sure which commit that is, or of which repository.
    """
    at, execution = waiting.at, waiting.execution
    approval = waiting.structure.approval(at.stageName, at.actionName)
    if approval is None:
        raise Invalid(Problem("approval.actionName", "is no manual approval of that pipeline"))
    said, words = _said(approval.configuration.get("CustomData", ""))
    revision = _revision(execution, waiting.structure, said)
    source = _source(waiting.structure, revision)
    url = said.url or _address(revision.revisionUrl)
    return Change(
        connection=connection,
        key=_key(region, execution, at),
        repository=said.repository or _repository(source),
        revision=revision.revisionId,
        environment=said.environment or environment,
        title=_title(revision, at),
        author=Identity(),
        description=_description(waiting, revision, words),
        url=url,
        link=url if matches_prefix(url, link_prefix) else "",
        branch=harmless(source.branch, 1_000) if source else "",
        triggered_by=_triggered_by(execution),
        commits=(Commit(sha=revision.revisionId, message=_text(revision.message)),),
        commits_complete=False,
        files_complete=False,
        reply_to={
            "region": region,
            "pipeline": at.pipelineName,
            "stage": at.stageName,
            "action": at.actionName,
            "token": at.token,
        },
    )


def _said(custom: str) -> tuple[Said, str]:
    """What is said for us, and what is said for people."""
    if not custom.lstrip().startswith("{"):
        return Said(), custom
    try:
        said = decode(custom.encode("utf-8", "replace"))
    except Malformed as error:
        raise Invalid(Problem("CustomData", str(error))) from error
    return valid(Said, said, FORMATS, root="CustomData"), ""


def _revision(execution: Execution, structure: Structure, said: Said) -> Revision:
    """The one commit it ships, or the one the pipeline's author pointed at."""
    commits = [it for it in execution.artifactRevisions if it.is_commit]
    if said.source is not None:
        named = {said.source} | {
            artifact.name
            for action in structure.sources()
            if action.name == said.source
            for artifact in action.outputArtifacts
        }
        commits = [it for it in commits if it.name in named]
    if not commits:
        raise Invalid(Problem("artifactRevisions", "name no full commit id: is its source git?"))
    if len({it.revisionId for it in commits}) > 1:
        detail = 'name several commits: say which in the approval\'s custom data, {"source": "…"}'
        raise Invalid(Problem("artifactRevisions", detail))
    return commits[0]


def _source(structure: Structure, revision: Revision) -> Action | None:
    found = (
        action
        for action in structure.sources()
        if revision.name in (artifact.name for artifact in action.outputArtifacts)
    )
    return next(found, None)


def _repository(source: Action | None) -> str:
    try:
        return _REPOSITORY.validate_python(source.repository if source else "")
    except ValidationError:
        detail = 'the source names none: say it in the approval\'s custom data, {"repository": "…"}'
        raise Invalid(Problem("repository", detail)) from None


def _address(url: str) -> str:
    try:
        return _URL.validate_python(url)
    except ValidationError:
        return ""


def _key(region: str, execution: Execution, at: Approval) -> str:
    """Asked again after a no, the same execution waits under another token."""
    place = "/".join((region, at.stageName, at.actionName, at.token))
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    return f"{at.pipelineName}/{execution.pipelineExecutionId}/{digest}"


def _title(revision: Revision, at: Approval) -> str:
    first = next((line for line in revision.message.splitlines() if line.strip()), "")
    return harmless(first, LONGEST_TITLE) or f"{at.pipelineName}: {revision.revisionId[:12]}"


def _description(waiting: Waiting, revision: Revision, words: str) -> str:
    at = waiting.at
    lines = [f"{at.pipelineName} waits at {at.stageName}, {at.actionName}"]
    if at.expires:
        lines[0] += f", until {harmless(at.expires, 30)}"
    lines += [
        f"It ships {harmless(it.name, 100)} too, at {harmless(it.revisionId, 100)}"
        for it in waiting.execution.artifactRevisions
        if it.revisionId != revision.revisionId
    ]
    return _text("\n".join([*lines, words]).strip())[:LONGEST_DESCRIPTION]


def _triggered_by(execution: Execution) -> Identity | None:
    """Whoever started it by hand, where AWS vouches for the name: anybody names a session at will."""
    if execution.trigger.triggerType not in _BY_HAND:
        return None
    arn: Any = execution.trigger.triggerDetail
    found = _USER.fullmatch(arn) or _SSO.fullmatch(arn)
    if found is None:
        return None
    name = found[1]
    return Identity(email=name) if "@" in name else Identity(login=name)


def _text(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", "")
