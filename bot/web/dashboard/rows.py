"""How does one of many sign-offs read on a page, at a glance?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.people import Roster
from bot.domain.quorum import is_current
from bot.domain.signoff import Signoff
from bot.domain.spans import Ours, Span, Theirs, duration, harmless
from bot.domain.wording import AI_ANSWERS, headline, place_of

NAMED_AT_MOST = 3
TITLE_AT_MOST = 120

LATE = 0.75
"""Of the time it has: from then on somebody may not come to it before it expires."""

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`waits_for` and `left` are words; `late`: it may run out before anybody comes to it."""

    id: str
    place: str
    title: Theirs
    tier: str
    ai: str
    stands: str
    waits_for: str
    opened_at: datetime
    waited: str
    left: str
    late: bool
    over: tuple[Span, ...] = ()


def row_of(signoff: Signoff, roster: Roster, now: datetime, reader: str = "") -> Row:
    """`reader` is "you" in it."""
    return Row(
        id=signoff.id,
        place=place_of(signoff),
        title=Theirs(harmless(signoff.change.title, TITLE_AT_MOST)),
        tier=signoff.risk.tier.value if signoff.risk else "",
        ai=_ai(signoff),
        stands=headline(signoff),
        waits_for=_waits_for(signoff, roster, reader),
        opened_at=signoff.opened_at,
        waited=age(now - signoff.opened_at),
        left=_left(signoff, now),
        late=_is_late(signoff, now),
        over=_over(signoff, now),
    )


def age(length: timedelta) -> str:
    """ "40 s", "2 h 10 min", "3 days"."""
    if length < 2 * DAY:
        return duration(max(length, timedelta()))
    return f"{length // DAY} days"


def _ai(signoff: Signoff) -> str:
    tools = ", ".join(signoff.provenance.tools)
    return harmless(tools or AI_ANSWERS[signoff.provenance.status], 80)


def _waits_for(signoff: Signoff, roster: Roster, reader: str) -> str:
    """Whose word is missing; what is about to count waits for nobody."""
    if signoff.settling:
        return "about to count"
    said = {review.person for review in signoff.reviews if is_current(signoff, review)}
    asked = [person for person in signoff.asked if person not in said]
    others = [roster.name(person) for person in asked if person != reader]
    names = [*(["you"] if reader in asked else []), *others]
    left = len(names) - NAMED_AT_MOST
    more = f" and {left} more" if left > 0 else ""
    on_it = signoff.claim
    busy = f"; {_name(on_it.person, roster, reader)} on it" if on_it else ""
    return f"waits for {', '.join(names[:NAMED_AT_MOST]) or 'nobody'}{more}{busy}"


def _name(person: str, roster: Roster, reader: str) -> str:
    return "you are" if person == reader else f"{roster.name(person)} is"


def _left(signoff: Signoff, now: datetime) -> str:
    if signoff.expires_at is None:
        return "no deadline"
    if signoff.expires_at <= now:
        return "out of time"
    return f"expires in {age(signoff.expires_at - now)}"


def _is_late(signoff: Signoff, now: datetime) -> bool:
    if signoff.expires_at is None:
        return False
    return (now - signoff.opened_at) > LATE * (signoff.expires_at - signoff.opened_at)


def _over(signoff: Signoff, now: datetime) -> tuple[Span, ...]:
    if not signoff.status.is_final or signoff.decided_at is None:
        return ()
    return (Ours(f"{age(now - signoff.decided_at)} ago"),)
