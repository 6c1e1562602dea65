"""What may be said of an incident, and of what was deployed? Strictly, as of a change."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.domain.outcomes import LONGEST_KEY, LONGEST_TITLE, MOST_NAMED, MOST_REVISIONS
from bot.pipelines import stated_words
from bot.pipelines.problems import json_object, valid
from bot.pipelines.stated_words import Environment, Key, Line, Moment, Repository, Revision, Stated
from bot.ports import DeploymentSaid, IncidentChanged, IncidentSaid

_KEY = r"^[A-Za-z0-9][A-Za-z0-9._#-]*$"
_WORDS = r"^[^\p{C}\p{Z}][^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$"
FORMATS = {
    **stated_words.FORMATS,
    _KEY: "must be letters, digits and . _ # - only, as in INC-4711",
    _WORDS: "must be one line without control characters, and must not begin with a space",
}

_Title = Annotated[str, StringConstraints(max_length=LONGEST_TITLE, pattern=_WORDS)]
_Incident = Annotated[str, StringConstraints(max_length=LONGEST_KEY, pattern=_KEY)]
_Named = Annotated[list[Key], Field(max_length=MOST_NAMED)]


class _StatedIncident(Stated):
    """Something went wrong."""

    key: _Incident
    title: _Title
    severity: Annotated[str, StringConstraints(max_length=40, pattern=_WORDS)] | None = None
    environment: Environment | None = None
    repository: Repository | None = None
    started_at: Moment | None = None
    signoffs: _Named | None = None
    revisions: Annotated[list[Revision], Field(max_length=MOST_REVISIONS)] | None = None


class _StatedChange(Stated):
    """It is over, or it is known what it was."""

    state: Literal["resolved"] | None = None
    resolved_at: Moment | None = None
    signoffs: _Named | None = None


class _StatedDeployment(Stated):
    """What came of the change of this key."""

    key: Key
    succeeded: bool
    detail: Line | None = None


class _StatedRollBack(Stated):
    """What the change of this key brought was taken back."""

    rolled_back: Key
    to_revision: Revision | None = None


def incident(body: bytes) -> IncidentSaid:
    """Raises Malformed or Invalid."""
    said = valid(_StatedIncident, json_object(body), FORMATS)
    return IncidentSaid(
        key=said.key,
        title=said.title.rstrip(),
        severity=said.severity or "",
        environment=said.environment or "",
        repository=said.repository or "",
        started_at=said.started_at,
        signoffs=tuple(said.signoffs or ()),
        revisions=tuple(said.revisions or ()),
    )


def changed(body: bytes) -> IncidentChanged:
    """Raises Malformed or Invalid."""
    said = valid(_StatedChange, json_object(body), FORMATS)
    return IncidentChanged(
        resolved=bool(said.state or said.resolved_at),
        resolved_at=said.resolved_at,
        signoffs=tuple(said.signoffs or ()),
    )


def deployment(body: bytes) -> DeploymentSaid:
    """Raises Malformed or Invalid."""
    said = json_object(body)
    if "rolled_back" in said:
        back = valid(_StatedRollBack, said, FORMATS)
        return DeploymentSaid(
            key=back.rolled_back, succeeded=None, to_revision=back.to_revision or ""
        )
    landed = valid(_StatedDeployment, said, FORMATS)
    detail = (landed.detail or "").strip()
    return DeploymentSaid(key=landed.key, succeeded=landed.succeeded, detail=detail)
