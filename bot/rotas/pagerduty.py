"""Who is on call, says PagerDuty? The answers of its `GET /oncalls`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bot.domain.asking.rota import Shift
from bot.rotas import Unreadable

FIRST_LEVEL = 1
"""Higher levels are only told when the first one does not answer."""

ENTRIES_AT_MOST = 10_000

Known = Callable[[str], str | None]


def shifts(answer: object, known: Known) -> tuple[Shift, ...]:
    """The shifts of one page, decoded; `known` finds a person by address or name.

    Users nobody knows are left out. Raises Unreadable.
    """
    listed = answer.get("oncalls") if isinstance(answer, Mapping) else None
    if not isinstance(listed, list):
        raise Unreadable("the answer of PagerDuty has no list called oncalls")
    if len(listed) > ENTRIES_AT_MOST:
        raise Unreadable(f"oncalls has more than {ENTRIES_AT_MOST} entries")
    found = (
        shift
        for number, entry in enumerate(listed)
        for shift in _shift(f"oncalls[{number}]", entry, known)
    )
    return tuple(dict.fromkeys(found))


def _shift(place: str, entry: object, known: Known) -> Iterator[Shift]:
    if not isinstance(entry, Mapping):
        raise Unreadable(f"{place} is not an object")
    level = entry.get("escalation_level")
    if not isinstance(level, int) or isinstance(level, bool):
        raise Unreadable(f"{place}.escalation_level is not a whole number")
    start, end = _moment(f"{place}.start", entry, "start"), _moment(f"{place}.end", entry, "end")
    person = _person(f"{place}.user", entry.get("user"), known)
    if level == FIRST_LEVEL and person is not None:
        yield Shift(person=person, start=start, end=end)


def _person(place: str, user: object, known: Known) -> str | None:
    if not isinstance(user, Mapping):
        raise Unreadable(f"{place} is not an object")
    names = [user[key] for key in ("email", "name", "summary") if user.get(key) is not None]
    if not all(isinstance(name, str) for name in names):
        raise Unreadable(f"{place} has a name that is not a text")
    # An address says more than a name: two people may be called the same.
    return next((person for name in names if (person := known(name)) is not None), None)


def _moment(place: str, entry: Mapping[object, object], key: str) -> datetime | None:
    """null is no end, or no beginning: somebody is always on call."""
    if key not in entry:
        raise Unreadable(f"{place} is missing")
    written = entry[key]
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unreadable(f"{place} is not a moment such as 2026-11-23T09:00:00Z")
    return moment
