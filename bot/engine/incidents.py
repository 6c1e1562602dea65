"""What does one telling of an incident write? Each step with its entry in the house's trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain import outcomes
from bot.domain.errors import IncidentKeyUsed, Refusal, UnknownIncident
from bot.domain.house_events import (
    HOUSE,
    IncidentLinked,
    IncidentOpened,
    IncidentResolved,
    RolledBack,
)
from bot.domain.outcomes import Incident, Link
from bot.domain.signoff import Signoff
from bot.ports import Trouble
from storage import audit, inbox, incidents, moment
from storage.store import Session

LONGEST_AGO = timedelta(days=3_660)
"""Nothing that began before is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What somebody says of an incident: `by` a person's id, or a connection after an @.

    `signoffs` are ids that are known to exist; `started_at` None: it began just now.
    """

    source: str
    key: str
    title: str
    by: str
    severity: str = ""
    environment: str = ""
    repositories: tuple[str, ...] = ()
    started_at: datetime | None = None
    signoffs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An incident with its links; `new`: it was told for the first time."""

    incident: Incident
    links: tuple[Link, ...]
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Writes within the caller's unit. `new_id` makes an id of a prefix."""

    new_id: Callable[[str], str]

    def told(self, session: Session, trouble: Trouble) -> None:
        now = moment.now(session)
        if not inbox.admit(session, HOUSE, f"incident {trouble.connection} {trouble.message}", now):
            return
        by, at = f"@{trouble.connection}", min(trouble.at, now)
        known = incidents.named(session, [trouble.connection], trouble.key)
        if known is None:
            known = self._opened(session, _telling(trouble), trouble.began)
        elif trouble.state == "opened" and known.resolved_at and at > known.resolved_at:
            self._opened(session, _telling(trouble), known.started_at, again=known.id)
        if trouble.state == "resolved" and known.resolved_at is None:
            _over(session, known, by, at)

    def open(self, session: Session, telling: Telling) -> Known | Refusal:
        known = incidents.named(session, [telling.source], telling.key)
        if known is not None:
            links = incidents.links(session, known.id)
            found = Known(incident=known, links=links)
            return found if _is_same(telling, found) else IncidentKeyUsed()
        opened = self._opened(session, telling, telling.started_at)
        link(session, opened.id, outcomes.said((), telling.signoffs, telling.by))
        return Known(incident=opened, links=incidents.links(session, opened.id), new=True)

    def rolled_back(self, session: Session, signoff: Signoff, to_revision: str, by: str) -> bool:
        """Whether anything of it was deployed that can be taken back; it is written once."""
        shipment, change, now = signoff.shipment, signoff.change, moment.now(session)
        if shipment is None or not shipment.succeeded:
            return False
        if inbox.admit(session, HOUSE, f"rolled back {signoff.id} {shipment.at.isoformat()}", now):
            rolled_back = RolledBack(
                connection=change.connection,
                repository=change.repository,
                environment=change.environment,
                signoffs=(signoff.id,),
                to_revision=to_revision,
                by=by,
                at=now,
            )
            audit.append_house(session, rolled_back)
        return True

    def _opened(
        self, session: Session, telling: Telling, began: datetime | None, again: str = ""
    ) -> Incident:
        now = moment.now(session)
        event = IncidentOpened(
            id=again or self.new_id("inc_"),
            source=telling.source,
            key=telling.key,
            title=telling.title[: outcomes.LONGEST_TITLE],
            severity=telling.severity,
            environment=telling.environment,
            repositories=telling.repositories[: outcomes.MOST_REPOSITORIES],
            started_at=max(min(began or now, now), now - LONGEST_AGO),
            by=telling.by,
            at=now,
        )
        incidents.open_incident(session, event)
        return outcomes.opened(event)

    def resolve(
        self, session: Session, incident_id: str, by: str, at: datetime | None
    ) -> Known | Refusal:
        found = known_of(session, incident_id)
        if isinstance(found, Known) and found.incident.resolved_at is None:
            _over(session, found.incident, by, at or moment.now(session))
            return known_of(session, incident_id)
        return found


def known_of(session: Session, incident_id: str) -> Known | Refusal:
    found = incidents.find(session, incident_id)
    if found is None:
        return UnknownIncident(name=incident_id)
    return Known(incident=found, links=incidents.links(session, incident_id))


def link(session: Session, incident_id: str, links: Iterable[Link]) -> None:
    at = moment.now(session)
    for it in links:
        event = IncidentLinked(
            id=incident_id, signoff_id=it.signoff_id, how=it.how, by=it.by, at=at
        )
        incidents.link(session, event)


def _over(session: Session, incident: Incident, by: str, at: datetime) -> None:
    """Not before it began, nor later than now."""
    now = moment.now(session)
    then = max(min(at, now), incident.started_at)
    event = IncidentResolved(id=incident.id, resolved_at=then, by=by, at=now)
    incidents.resolve(session, event)


def _telling(trouble: Trouble) -> Telling:
    return Telling(
        source=trouble.connection,
        key=trouble.key,
        title=trouble.title,
        by=f"@{trouble.connection}",
        severity=trouble.severity,
        environment=trouble.environment,
        repositories=trouble.repositories,
    )


def _is_same(telling: Telling, known: Known) -> bool:
    """Whether it says nothing that is not known."""
    it = known.incident
    told = (telling.title, telling.severity, telling.environment, telling.repositories)
    said = {link.signoff_id for link in known.links if link.how in ("said", "struck")}
    return (
        told == (it.title, it.severity, it.environment, it.repositories)
        and telling.started_at in (None, it.started_at)
        and said.issuperset(telling.signoffs)
    )
