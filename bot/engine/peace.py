"""Until when does a person want no messages that can wait?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.asking.choosing import Seen
from bot.domain.people import Person
from bot.domain.quiet import quiet_until
from storage import leaves, preferences
from storage.store import Session

LOOKED_AGAIN = timedelta(days=1)
"""Whoever is away until further notice may be back tomorrow."""


def peace_until(
    session: Session, person: Person, seen: Mapping[str, Seen], now: datetime
) -> datetime | None:
    """Their quiet hours, what they told the chat, or leave; None: they may be written to."""
    own = quiet_until(preferences.of(session, person.id).quiet, person.timezone, now)
    paused = seen.get(person.id, Seen()).quiet_until
    away = leaves.at(session, now).get(person.id)
    back = (away.until or now + LOOKED_AGAIN) if away else None
    return max((end for end in (own, paused, back) if end and end > now), default=None)
