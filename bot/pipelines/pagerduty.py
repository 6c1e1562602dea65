"""What does PagerDuty tell of incidents? Its webhooks, version 3; we ask it nothing.

https://developer.pagerduty.com/docs/webhooks-overview. A signature is of the raw body alone and
says no moment, so what is old is refused by the event's own, and each event counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from bot.clock import Clock
from bot.domain.outcomes import LONGEST_TITLE
from bot.domain.signoff import Signoff
from bot.pipelines.parts import Parts
from bot.pipelines.problems import json_object, valid
from bot.pipelines.signatures import verify_hex
from bot.pipelines.stated_words import Moment as Told
from bot.pipelines.told import FORMATS, Payload, Text, first_line, one_line
from bot.ports import Delivery, Malformed, Trouble, Unauthenticated

HEADER, PREFIX = "x-pagerduty-signature", "v1="
MOST_SIGNATURES = 10
"""While its secrets are exchanged there are two."""

LARGEST = 1 << 20
"""Bytes; an incident is a few kilobytes."""

OLDEST, AHEAD = timedelta(days=7), timedelta(minutes=5)

OPENED = frozenset({"incident.triggered", "incident.reopened"})
RESOLVED = "incident.resolved"

_FORM = r"^[A-Za-z0-9_-]{1,64}$"
_EVENT_FORM = r"^[!-~]{1,100}$"
_FORMATS = {**FORMATS, _FORM: "must be an id", _EVENT_FORM: "must be an id"}
_Id = Annotated[str, StringConstraints(pattern=_FORM)]


class _Reference(Payload):
    id: _Id
    summary: Annotated[Text, Field(max_length=10_000)] = ""


class _Incident(Payload):
    id: _Id
    title: Annotated[Text, Field(max_length=10_000)] = ""
    service: _Reference | None = None
    priority: _Reference | None = None
    urgency: Annotated[Text, Field(max_length=100)] = ""
    created_at: Told | None = None


class _Event(Payload):
    id: Annotated[str, StringConstraints(pattern=_EVENT_FORM)]
    occurred_at: Told
    data: _Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyPipeline:
    """Fulfils `bot.ports.Pipeline`; no change comes from here. `services`: repositories of each."""

    name: str
    secrets: tuple[bytes, ...] = field(repr=False)
    environment: str
    services: Mapping[str, tuple[str, ...]]
    clock: Clock

    def __post_init__(self) -> None:
        if not self.secrets or not all(self.secrets):
            raise ValueError(f"connection {self.name} has no secret")

    @property
    def reopens(self) -> bool:
        return False

    @property
    def fetches(self) -> bool:
        return False

    def verify(self, delivery: Delivery) -> str:
        """Any of its signatures will do. What it repeats is known by its event, once it is read."""
        if len(delivery.body) > LARGEST:
            raise Malformed("it is larger than any incident")
        offered = delivery.headers.get(HEADER, "").split(",")
        if len(offered) > MOST_SIGNATURES:
            raise Unauthenticated(f"{HEADER} holds too many signatures")
        if not any(self._is_signature(delivery.body, it.strip()) for it in offered):
            raise Unauthenticated(f"{HEADER} is missing or does not match")
        return ""

    def _is_signature(self, body: bytes, offered: str) -> bool:
        try:
            verify_hex(self.secrets, body, HEADER, offered, prefix=PREFIX)
        except Unauthenticated:
            return False
        return True

    async def read(self, delivery: Delivery) -> Trouble | None:
        said = json_object(delivery.body).get("event")
        if not isinstance(said, dict):
            raise Malformed("it has no event")
        sort = said.get("event_type")
        if not isinstance(sort, str):
            raise Malformed("its event has no event_type")
        if sort not in OPENED and sort != RESOLVED:
            return None
        return self._trouble(said, sort)

    def _trouble(self, said: Mapping[str, Any], sort: str) -> Trouble:
        event = valid(_Event, said, _FORMATS, root="event")
        self._check_age(event.occurred_at)
        incident = event.data
        at = min(event.occurred_at, self.clock())
        service = incident.service.id if incident.service else ""
        severity = incident.priority.summary if incident.priority else incident.urgency
        return Trouble(
            connection=self.name,
            message=event.id,
            key=incident.id,
            title=first_line(incident.title)[:LONGEST_TITLE] or f"PagerDuty {incident.id}",
            state="resolved" if sort == RESOLVED else "opened",
            began=min(incident.created_at or at, at),
            at=at,
            severity=one_line(severity)[:40],
            environment=self.environment,
            repositories=self.services.get(service, ()),
        )

    def _check_age(self, at: datetime) -> None:
        """Raises Unauthenticated: whoever kept a message of long ago must not tell it once more."""
        now = self.clock()
        if not now - OLDEST <= at <= now + AHEAD:
            raise Unauthenticated(f"its event is of {at:%Y-%m-%d %H:%M}")

    async def report(self, signoff: Signoff) -> None:
        """Nothing waits here."""


def make(parts: Parts) -> PagerDutyPipeline:
    return PagerDutyPipeline(
        name=parts.name,
        secrets=parts.keys("webhook_secret"),
        environment=parts.words["environment"],
        services=parts.lists,
        clock=parts.clock,
    )
