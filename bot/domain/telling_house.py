"""What happened to the house itself, told to a person? The entries of no sign-off, in words."""

from __future__ import annotations

from typing import assert_never

from bot.domain.house_events import (
    Erased,
    HouseEvent,
    IncidentLinked,
    IncidentOpened,
    IncidentResolved,
    KeyUsed,
    ParcelHandled,
    PasskeyAdded,
    PasskeyRemoved,
    RolledBack,
    Unasked,
)
from bot.domain.people import Roster
from bot.domain.spans import Moment, Ours, Span, Theirs, harmless

NAME_AT_MOST, QUOTED_AT_MOST = 120, 300

_Keys = PasskeyAdded | PasskeyRemoved | KeyUsed
_Incidents = IncidentOpened | IncidentResolved | IncidentLinked
_Shipping = Unasked | RolledBack

_LINKED = {
    "said": "was linked by word to",
    "nearby": "was linked, by time alone, to",
    "perhaps": "may be of",
    "struck": "is not of",
}


def told(event: HouseEvent, roster: Roster) -> tuple[Span, ...]:
    """When it happened, and what it was."""
    return (Moment(event.at), Ours("  "), *_what(event, roster))


def _what(event: HouseEvent, roster: Roster) -> tuple[Span, ...]:
    match event:
        case PasskeyAdded() | PasskeyRemoved() | KeyUsed():
            return (_keys(event, roster),)
        case Erased():
            count = len(event.entries)
            lead = f"Names were taken out of {count} entries ({event.what}) by {event.by}"
            return (Ours(lead), *_quoted(event.why))
        case Unasked() | RolledBack():
            return _shipping(event)
        case IncidentOpened() | IncidentResolved() | IncidentLinked():
            return _incidents(event, roster)
        case ParcelHandled():
            return _parcel(event, roster)
        case _:
            assert_never(event)


def _keys(event: _Keys, roster: Roster) -> Ours:
    match event:
        case PasskeyAdded():
            by = roster.name(event.by) if event.by in roster.people else event.by
            return Ours(f"A security key of {roster.name(event.person)} was let in by {by}")
        case PasskeyRemoved():
            return Ours(f"A security key of {roster.name(event.person)} was removed")
        case KeyUsed():
            return Ours(f"The house signs with the key {harmless(event.keyid, NAME_AT_MOST)}")


def _shipping(event: _Shipping) -> tuple[Span, ...]:
    place = Theirs(harmless(event.environment, NAME_AT_MOST))
    if isinstance(event, Unasked):
        what = Theirs(harmless(event.what, NAME_AT_MOST))
        return (what, Ours(f" was {event.deed} to "), place, Ours(", and nobody had been asked"))
    repository = Theirs(harmless(event.repository, NAME_AT_MOST))
    back = Theirs(harmless(event.to_revision, NAME_AT_MOST)[:12])
    of = ", ".join(event.signoffs)
    return (repository, Ours(" in "), place, Ours(" was rolled back to "), back, Ours(f": {of}"))


def _incidents(event: _Incidents, roster: Roster) -> tuple[Span, ...]:
    match event:
        case IncidentOpened():
            key = Theirs(harmless(event.key, NAME_AT_MOST))
            lead = Ours(f"Incident {event.id} was opened by {event.source}: ")
            return (lead, key, Ours(" "), Theirs(harmless(event.title, QUOTED_AT_MOST)))
        case IncidentResolved():
            return (Ours(f"Incident {event.id} is over since "), Moment(event.resolved_at))
        case IncidentLinked():
            return (Ours(f"Incident {event.id} {_LINKED[event.how]} {event.signoff_id}"),)


def _parcel(event: ParcelHandled, roster: Roster) -> tuple[Span, ...]:
    deed = "had sent again" if event.deed == "retry" else "dropped"
    lane = harmless(event.lane, NAME_AT_MOST)
    said = f"{roster.name(event.by)} {deed} {event.effect} of {event.signoff_id} for {lane}"
    return (Ours(said), *_quoted(event.why))


def _quoted(text: str) -> tuple[Span, ...]:
    quoted = harmless(text, QUOTED_AT_MOST)
    return (Ours(": "), Theirs(f"“{quoted}”")) if quoted else ()
