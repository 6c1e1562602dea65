"""Which signoffs let go on what an incident is of? As somebody said, or by time alone.

Time alone blames nobody for sure: one candidate is "nearby", of several each is only "perhaps", and
what a person struck stays struck, whatever a pipeline or time says later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.globs import name_fits
from bot.domain.house_events import (
    HouseEvent,
    IncidentLinked,
    IncidentOpened,
    IncidentResolved,
    LinkedHow,
)

MOST = 5
"""Candidates by time: of more than these nobody could say anything."""

MOST_NAMED, MOST_REVISIONS, MOST_ROLLED_BACK, MOST_REPOSITORIES = 20, 50, 20, 20
LONGEST_TITLE, LONGEST_KEY = 200, 100

PEOPLE = "@people"
"""The source of incidents that people tell of. No connection is called so."""

BY_TIME = ""
"""Who said so, where nobody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`by` is a person's id, a connection after an @, or nobody, where it is by time alone."""

    signoff_id: str
    how: LinkedHow
    by: str

    @property
    def stays(self) -> bool:
        """Whether only a person may say otherwise."""
        return self.how == "struck" and is_person(self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    id: str
    source: str
    key: str
    title: str
    severity: str
    environment: str
    repositories: tuple[str, ...]
    started_at: datetime
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """What a signoff let go on went out well, at that moment; `kind` is the change's."""

    signoff_id: str
    connection: str
    repository: str
    environment: str
    kind: str
    at: datetime

    @property
    def line(self) -> tuple[str, str, str, str]:
        """Within it each takes the place of the one before."""
        where = (self.repository.casefold(), self.environment.casefold())
        return (self.connection, *where, self.kind)


@dataclass(frozen=True, slots=True)
class Past:
    """All that the house's trail tells of incidents."""

    incidents: Mapping[str, Incident]
    links: Mapping[str, tuple[Link, ...]]


def is_person(by: str) -> bool:
    return bool(by) and not by.startswith("@")


def suspects(
    incident: Incident,
    shipped: Iterable[Shipping],
    window: timedelta,
    known: Sequence[Link] = (),
) -> tuple[Link, ...]:
    """The links by time that are to be written now, beside those that are known.

    Where somebody has said which it was, there are none; and where nobody knows which environment
    or repositories it is about, neither.
    """
    if any(it.how == "said" for it in known):
        return ()
    struck = {it.signoff_id for it in known if it.how == "struck"}
    left = [it for it in _candidates(incident, shipped, window) if it.signoff_id not in struck]
    how: LinkedHow = "nearby" if len(left) == 1 else "perhaps"
    found = [Link(signoff_id=it.signoff_id, how=how, by=BY_TIME) for it in left]
    return tuple(it for it in found if it not in known)


def _candidates(
    incident: Incident, shipped: Iterable[Shipping], window: timedelta
) -> Sequence[Shipping]:
    """The newest of each line, the newest first."""
    since, until = incident.started_at - window, incident.started_at
    newest: dict[tuple[str, str, str, str], Shipping] = {}
    for it in shipped:
        if not (since <= it.at <= until and _is_about(incident, it)):
            continue
        other = newest.get(it.line)
        if other is None or _age(other) < _age(it):
            newest[it.line] = it
    return sorted(newest.values(), key=_age, reverse=True)[:MOST]


def _age(it: Shipping) -> tuple[datetime, str]:
    return it.at, it.signoff_id


def _is_about(incident: Incident, it: Shipping) -> bool:
    return (
        incident.environment != ""
        and it.environment.casefold() == incident.environment.casefold()
        and name_fits(it.repository, incident.repositories)
    )


def said(known: Sequence[Link], signoffs: Iterable[str], by: str) -> tuple[Link, ...]:
    """Somebody says which it was: then it was none of those that only time spoke of."""
    wanted = dict.fromkeys(signoffs)
    before = {it.signoff_id: it for it in known}
    new = [Link(signoff_id=it, how="said", by=by) for it in wanted if _may_say(before.get(it), by)]
    if not new:
        return ()
    guessed = [it for it in known if it.how in ("nearby", "perhaps")]
    others = [replace(it, how="struck", by=by) for it in guessed if it.signoff_id not in wanted]
    return (*new, *others)


def _may_say(before: Link | None, by: str) -> bool:
    if before is None or before.how in ("nearby", "perhaps"):
        return True
    return before.how == "struck" and (is_person(by) or not before.stays)


def struck(known: Sequence[Link], signoff_id: str, by: str) -> tuple[Link, ...]:
    """Somebody says that it was not this one. Of one that was never linked it is noted as well, so
    that time never links it. Where it might have been one of two, the other is left.
    """
    before = next((it for it in known if it.signoff_id == signoff_id), None)
    if before and before.how == "struck" and (before.stays or not is_person(by)):
        return ()
    others = [it for it in known if it.signoff_id != signoff_id and it.how != "struck"]
    alone = len(others) == 1 and others[0].how == "perhaps"
    left = [replace(it, how="nearby", by=BY_TIME) for it in others] if alone else []
    return (Link(signoff_id=signoff_id, how="struck", by=by), *left)


def linked(known: Sequence[Link], new: Iterable[Link]) -> tuple[Link, ...]:
    """As they stand afterwards."""
    after = {it.signoff_id: it for it in known}
    after.update((it.signoff_id, it) for it in new)
    return tuple(after.values())


def retold(events: Iterable[HouseEvent]) -> Past:
    """What the tables hold, from the trail alone."""
    incidents: dict[str, Incident] = {}
    links: dict[str, tuple[Link, ...]] = {}
    for event in events:
        match event:
            case IncidentOpened():
                incidents[event.id] = opened(event)
            case IncidentResolved() if event.id in incidents:
                before = incidents[event.id]
                incidents[event.id] = replace(before, resolved_at=event.resolved_at)
            case IncidentLinked():
                link = Link(signoff_id=event.signoff_id, how=event.how, by=event.by)
                links[event.id] = linked(links.get(event.id, ()), [link])
    return Past(incidents, links)


def opened(event: IncidentOpened) -> Incident:
    """Told once more under its id, it is open again."""
    return Incident(
        id=event.id,
        source=event.source,
        key=event.key,
        title=event.title,
        severity=event.severity,
        environment=event.environment,
        repositories=event.repositories,
        started_at=event.started_at,
    )
