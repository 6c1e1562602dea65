"""What does a person want of us for themselves? None of it changes what anybody decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.domain.quiet import window, working
from bot.engine.bell import Bell
from bot.ports import Surface
from storage import invitations, leaves, nudges, preferences, reading, recording, surfaces
from storage.leaves import Away as Away
from storage.preferences import Preferences as Preferences
from storage.store import Session, Store
from storage.surfaces import Want

LONGEST = timedelta(days=7)
"""Nobody knows today what they want to be reminded of after that."""

SPARED = timedelta(minutes=15)
"""So long before it expires a reminder comes at the latest, so that it is of some use."""


@dataclass(frozen=True, slots=True)
class Personal:
    store: Store
    bell: Bell
    clock: Clock

    async def away(self, person_id: str) -> Away | None:
        """Until when this person is away, and who stands in; None: they are there."""
        at = self.clock()
        return (await self.store.read(lambda session: leaves.at(session, at))).get(person_id)

    async def go_away(self, person_id: str, away: Away | None) -> None:
        """From now on they are asked last, and others in their place; None: they are back."""

        def put(session: Session) -> None:
            leaves.put(session, person_id, away)
            if away is not None:
                recording.judge_anew(session, invitations.waiting_for(session, person_id))

        await self.store.write(put)
        self.bell.ring()

    async def preferences(self, person_id: str) -> Preferences:
        return await self.store.read(lambda session: preferences.of(session, person_id))

    async def prefer(self, person_id: str, said: Preferences) -> None:
        """Hours that are none count as nothing said."""
        quiet = said.quiet if window(said.quiet) else ""
        kept = replace(said, hours=working(said.hours), quiet=quiet)
        await self.store.write(lambda session: preferences.put(session, person_id, kept))

    async def snooze(self, person_id: str, signoff_id: str, until: datetime) -> datetime | None:
        """Remind this person of it then, and not before; says when that will be.

        Never after it expired, and within a week. None: nothing waits, so nothing is to remind of.
        """
        now = self.clock()
        snooze = partial(_snooze, person_id=person_id, signoff_id=signoff_id, until=until, now=now)
        moment = await self.store.write(snooze)
        self.bell.ring()
        return moment

    async def draw_page(self, user: str) -> None:
        """The page of this person in the chat is kept true from now on, and drawn anew at once."""
        at = self.clock()
        page = Want(sort="home", at=Surface(user=user))
        await self.store.write(lambda session: surfaces.want_page(session, page, at))
        self.bell.ring()


def _snooze(
    session: Session, person_id: str, signoff_id: str, until: datetime, now: datetime
) -> datetime | None:
    signoff = reading.signoff(session, signoff_id)
    if signoff is None or signoff.status.is_final:
        return None
    moment = _in_time(signoff.expires_at, until, now)
    nudges.snooze(session, person_id, signoff_id, moment)
    return moment


def _in_time(expires_at: datetime | None, until: datetime, now: datetime) -> datetime:
    """Some minutes before it expires, or half of what is left if that is less; what is past is now."""
    latest = now + LONGEST
    if expires_at is not None:
        latest = min(latest, expires_at - min(SPARED, (expires_at - now) / 2))
    return max(now, min(until, latest))
