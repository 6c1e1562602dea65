"""How does the outbox read?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.cli import terminal
from bot.domain.spans import duration, harmless
from bot.engine.postroom import Outbox, Parcel, Place

_PLACES = ("DESTINATION", "WAITING", "PARKED", "STATE")
_PARCELS = ("ID", "STATE", "SIGNOFF", "DESTINATION", "WHAT", "SINCE", "TRIES", "LAST ERROR")
_SORTS = {"tell_pipeline": "tell", "take_back": "take back"}


def described(found: Outbox, now: datetime, width: int) -> Iterator[str]:
    """For people: destinations, then what is parked or was put off, one a line."""
    if not found.destinations:
        yield "Nothing waits, and nothing is parked."
        return
    places = [_PLACES, *(_place(it, now) for it in found.destinations)]
    yield from terminal.table(places, width)
    if found.parcels:
        yield ""
        yield from terminal.table([_PARCELS, *(_row(it) for it in found.parcels)], width)
    if found.more > 0:
        yield f"and {found.more} more"


def _place(it: Place, now: datetime) -> tuple[str, ...]:
    return (it.name, str(it.waiting), str(it.parked), _state(it, now))


def _state(it: Place, now: datetime) -> str:
    if not it.how.failures:
        return "well"
    times = "once" if it.how.failures == 1 else f"{it.how.failures} times in a row"
    said = f"failed {times}: {harmless(it.how.error, 200)}"
    if it.how.open_until is not None and it.how.open_until > now:
        return f"left alone for {duration(it.how.open_until - now)}; {said}"
    return f"tried with one at a time; {said}" if it.how.ails else said


def _row(it: Parcel) -> tuple[str, ...]:
    kind, _, status = it.what.partition(" ")
    return (
        str(it.id),
        it.state,
        it.signoff_id,
        it.destination,
        f"{_SORTS.get(kind, kind)} {status}".strip(),
        f"{it.since:%Y-%m-%d %H:%M}",
        str(it.attempts),
        it.error,
    )
