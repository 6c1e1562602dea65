"""An incident is told of: which signoffs let go on what it is of?

What is written, is written with its entry in the house's trail, in one unit. By time nobody looks
before the trail is counted up to the incident: then all that was told before it is known, and what
is found is found once and for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.config.outcomes import DAY_BEFORE
from bot.config.outcomes import Outcomes as Chosen
from bot.domain import outcomes
from bot.domain.errors import Refusal
from bot.domain.outcomes import Incident, Link
from bot.domain.signoff import Signoff
from bot.engine.bell import Bell
from bot.engine.incidents import Known, Scribe, Telling, known_of, link
from bot.engine.signoffs import Signoffs
from bot.ports import Trouble
from storage import incidents, moment, reading, shipments
from storage.store import Session, Store

AT_ONCE = 50
"""Incidents that one turn looks at."""


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """`chosen` is what the config says of it."""

    store: Store
    bell: Bell
    new_id: Callable[[str], str]
    chosen: Chosen = DAY_BEFORE
    _due: bool = field(default=True)
    """Whether there may be an incident that nobody looked at by time."""

    async def told(self, trouble: Trouble) -> None:
        """By a connection that hears of incidents; each of its messages counts once."""
        await self.store.write(lambda session: self._scribe.told(session, trouble))
        self._ring()

    async def open(self, telling: Telling) -> Known:
        """The same told again is known. Raises IncidentKeyUsed where it says something else."""
        known = await self._done(lambda session: self._scribe.open(session, telling))
        self._ring()
        return known

    async def resolve(self, incident_id: str, by: str, at: datetime | None = None) -> Known:
        """It is over. Raises UnknownIncident."""
        return await self._done(lambda session: self._scribe.resolve(session, incident_id, by, at))

    async def say(self, incident_id: str, signoffs: Sequence[str], by: str) -> Known:
        """It was these. Raises UnknownIncident."""

        def unit(session: Session) -> Known | Refusal:
            found = known_of(session, incident_id)
            if isinstance(found, Known):
                link(session, incident_id, outcomes.said(found.links, signoffs, by))
                found = known_of(session, incident_id)
            return found

        return await self._done(unit)

    async def strike(self, incident_id: str, signoff_id: str, by: str) -> Known:
        """It was not this one. Raises UnknownIncident."""

        def unit(session: Session) -> Known | Refusal:
            found = known_of(session, incident_id)
            if isinstance(found, Known):
                link(session, incident_id, outcomes.struck(found.links, signoff_id, by))
                found = known_of(session, incident_id)
            return found

        return await self._done(unit)

    async def rolled_back(self, signoff: Signoff, to_revision: str, by: str) -> bool:
        """What it let go on was taken back; False: nothing of it was deployed."""
        done = await self.store.write(
            lambda session: self._scribe.rolled_back(session, signoff, to_revision, by)
        )
        self.bell.ring(signoff.id)
        return done

    def hear(self) -> None:
        """Somebody, perhaps in another process, wrote something: it may be an incident."""
        self._due = True

    async def find(self, name: str, sources: Iterable[str] = ()) -> Known | None:
        """By its id, or by what one of these sources calls it; none of them: whichever does."""

        def look(session: Session) -> Known | None:
            wanted = list(sources) or incidents.sources(session)
            found = incidents.find(session, name)
            if found is None or found.source not in wanted:
                found = incidents.named(session, wanted, name)
            if found is None:
                return None
            return Known(incident=found, links=incidents.links(session, found.id))

        return await self.store.read(look)

    async def newest(self, limit: int = AT_ONCE) -> Sequence[Known]:
        """Open ones first, then the newest."""

        def look(session: Session) -> Sequence[Known]:
            found = incidents.newest(session, moment.now(session), limit)
            links = incidents.links_of(session, [it.id for it in found])
            return [
                Known(incident=it, links=links.get(it.id, ())) for it in incidents.ordered(found)
            ]

        return await self.store.read(look)

    async def places(self, known: Iterable[Known]) -> Mapping[str, str]:
        """Where each of the signoffs that these are linked with went, by id."""
        ids = [link.signoff_id for it in known for link in it.links]
        found = await self.store.read(lambda session: reading.signoffs(session, ids))
        return {id: f"{it.change.repository} → {it.change.environment}" for id, it in found.items()}

    async def of_signoff(self, signoff_id: str) -> Sequence[tuple[Incident, Link]]:
        return await self.store.read(lambda session: incidents.of_signoff(session, signoff_id))

    async def beat(self) -> None:
        """As a duty of the heartbeat: look, by time, for what new incidents may be of."""
        while self._due and await self.store.read(_ready):
            if not await self.store.write(self._look_at_some):
                return
            self.bell.ring()

    @property
    def _scribe(self) -> Scribe:
        return Scribe(new_id=self.new_id)

    def _ring(self) -> None:
        self.hear()
        self.bell.ring()

    async def _done(self, unit: Callable[[Session], Known | Refusal]) -> Known:
        found = await self.store.write(unit)
        if isinstance(found, Refusal):
            raise found
        self.bell.ring()
        return found

    def _look_at_some(self, session: Session) -> bool:
        """Whether there may be more that can be looked at now."""
        found = incidents.unlooked(session, AT_ONCE)
        counted = incidents.counted_up_to(session)
        ready = [(seq, incident) for seq, incident in found if seq <= counted]
        for seq, incident in ready:
            self._look(session, incident)
            incidents.looked(session, seq)
        self._due = len(ready) < len(found) or len(found) == AT_ONCE
        return bool(ready)

    def _look(self, session: Session, incident: Incident) -> None:
        if not (incident.environment and incident.repositories):
            return
        since = incident.started_at - self.chosen.window
        shipped = shipments.shipped(session, incident.environment, since, incident.started_at)
        known = incidents.links(session, incident.id)
        link(
            session,
            incident.id,
            outcomes.suspects(incident, shipped, self.chosen.window, known),
        )


def _ready(session: Session) -> bool:
    """Whether the trail is counted up to the first that nobody looked at."""
    first = incidents.unlooked(session, 1)
    return not first or first[0][0] <= incidents.counted_up_to(session)


def beside(signoffs: Signoffs) -> Outcomes:
    """For whoever writes what people say, where they say it: the house's own looks by time."""

    def new_id(prefix: str) -> str:
        return f"{prefix}{signoffs.new_id().rpartition('_')[2]}"

    return Outcomes(store=signoffs.store, bell=signoffs.bell, new_id=new_id)
