"""Who is on call, says a calendar? Its events are shifts, once or again and again.

Anybody who may write into the calendar decides what stands here. So only what a shift needs is
read, and a rule that could take long to unroll is refused before it is: the libraries have no
limits of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from bot.domain.asking.rota import Shift
from bot.rotas import Unreadable
from bot.rotas.repeating import LONGEST, check_event

TEXT_AT_MOST, LINE_AT_MOST = 2_000_000, 20_000
"""In characters."""

EVENTS_AT_MOST, REPEATING_AT_MOST, NAMES_AT_MOST, SUMMARY_AT_MOST = 5_000, 100, 20, 500

_ODD = (
    ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, OSError,
)  # fmt: skip
"""What the libraries raise on calendars that are none; the last for a folder of time zones."""

Known = Callable[[str], str | None]
_Series = list[Component]

_READ = frozenset(
    {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "X-WR-TIMEZONE",
        "UID", "SUMMARY", "ATTENDEE", "STATUS", "SEQUENCE", "DTSTART",
        "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE",
    }
)  # fmt: skip
"""VTIMEZONE is not among them: its own rules may be as long as anybody likes."""

_ROOMS = ("VCALENDAR", "VEVENT")
_NAME = re.compile(r"[A-Za-z-]+(?=[:;])")
_BETWEEN_NAMES = re.compile(r"[][,;:|/(){}<>]| [-–] ")


def shifts(text: str, since: datetime, until: datetime, known: Known) -> tuple[Shift, ...]:
    """The shifts that touch the span, earliest first; both ends aware, at most 400 days apart.

    `known` finds a person by address or name, of those who attend or, if none is known, in the
    summary. Left out are events about nobody we know, and odd ones with all that was changed about
    them later. Raises Unreadable, if nothing else is left.
    """
    if until - since > LONGEST:
        raise Unreadable("more than 400 days of a calendar are too many at once")
    try:
        calendar = Calendar.from_ical("\r\n".join(_lines(text)))
        zone = ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "UTC")))
        series = _relevant(calendar.subcomponents, known)
        occurrences = _occurrences(calendar, series, since, until)
        found = [shift for event in occurrences for shift in _shifts(event, zone, known)]
    except Unreadable:
        raise
    except _ODD as problem:
        raise Unreadable("the calendar cannot be read as iCalendar") from problem
    touching = {it for it in found if it.end > since and it.start < until}
    ordered = sorted(touching, key=lambda it: (it.start, it.end, it.person))
    return tuple(Shift(person=it.person, start=it.start, end=it.end) for it in ordered)


class _Found(NamedTuple):
    person: str
    start: datetime
    end: datetime


def _lines(text: str) -> Iterator[str]:
    """The lines that are read, unfolded, of the calendar itself and of its events."""
    inside, strange = 0, 0
    for line in _unfolded(text):
        named = _NAME.match(line)
        name = named[0].upper() if named else ""
        if name == "BEGIN":
            room = line.partition(":")[2].strip().upper()
            expected = inside < len(_ROOMS) and room == _ROOMS[inside]
            inside, strange = (inside, strange + 1) if strange or not expected else (inside + 1, 0)
        if not strange and name in _READ:
            yield line
        if name == "END":
            inside, strange = (inside, strange - 1) if strange else (max(inside - 1, 0), 0)


def _unfolded(text: str) -> Iterator[str]:
    if len(text) > TEXT_AT_MOST:
        raise Unreadable(f"the calendar has more than {TEXT_AT_MOST} characters")
    line = list[str]()
    for raw in (*text.split("\n"), "END"):
        part = raw.rstrip("\r")
        if part[:1] in (" ", "\t") and line:
            line.append(part[1:])
        elif part:
            whole, line = "".join(line), [part]
            if len(whole) > LINE_AT_MOST:
                raise Unreadable(f"a line has more than {LINE_AT_MOST} characters")
            yield whole


def _relevant(events: list[Component], known: Known) -> list[_Series]:
    """The events about somebody we know, each with all that was changed about it later."""
    if len(events) > EVENTS_AT_MOST:
        raise Unreadable(f"the calendar has more than {EVENTS_AT_MOST} events")
    series: dict[object, _Series] = {}
    for number, event in enumerate(events):
        series.setdefault(str(event["UID"]) if "UID" in event else number, []).append(event)
    about = [it for it in series.values() if _is_about_somebody(it, known)]
    return _sound(about, _check)


def _is_about_somebody(series: _Series, known: Known) -> bool:
    """Whoever cannot be read may be somebody."""
    try:
        return any(_people(event, known) for event in series)
    except _ODD:
        return True


def _check(series: _Series) -> None:
    for event in series:
        check_event(event)
        _names_of(event)


def _occurrences(
    calendar: Component, series: list[_Series], since: datetime, until: datetime
) -> list[Mapping[str, Any]]:
    if sum("RRULE" in event for events in series for event in events) > REPEATING_AT_MOST:
        raise Unreadable(f"more than {REPEATING_AT_MOST} events repeat")

    def unrolled(events: _Series) -> list[Mapping[str, Any]]:
        calendar.subcomponents = events
        return list(recurring_ical_events.of(calendar).between(since, until))

    try:
        return unrolled([event for events in series for event in events])
    except _ODD:  # one by one takes longer, and finds which one it is
        return [event for events in _sound(series, unrolled) for event in unrolled(events)]


def _sound(series: list[_Series], judge: Callable[[_Series], object]) -> list[_Series]:
    """Those that nothing speaks against; if none is left, raises what does."""
    kept, odd = list[_Series](), list[Exception]()
    for events in series:
        try:
            judge(events)
        except _ODD as problem:
            odd.append(problem)
        else:
            kept.append(events)
    if odd and not kept:
        raise odd[0]
    return kept


def _shifts(event: Mapping[str, Any], zone: ZoneInfo, known: Known) -> Iterator[_Found]:
    start, end = _moment(event["DTSTART"].dt, zone), _moment(event["DTEND"].dt, zone)
    if str(event.get("STATUS", "")).upper() != "CANCELLED" and start < end:
        for person in _people(event, known):
            yield _Found(person, start, end)


def _moment(written: date, zone: ZoneInfo) -> datetime:
    """Days begin, and clocks without a zone tick, where the calendar says it is at home."""
    moment = written if isinstance(written, datetime) else datetime.combine(written, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _people(event: Mapping[str, Any], known: Known) -> list[str]:
    """Those who attend and are known; if nobody is, those whom the summary names."""
    found = [
        next((p for name in names if (p := known(name)) is not None), None)
        for names in _names_of(event)
    ]
    summary = str(event.get("SUMMARY", ""))[:SUMMARY_AT_MOST].strip()
    if not any(found):
        pieces = [piece.strip() for piece in _BETWEEN_NAMES.split(summary)[:NAMES_AT_MOST]]
        whole = known(summary) if summary else None
        found = [whole] if whole is not None else [known(piece) for piece in pieces if piece]
    return list(dict.fromkeys(person for person in found if person is not None))


def _names_of(event: Mapping[str, Any]) -> list[list[str]]:
    """Of each who attends, all their names."""
    listed = event.get("ATTENDEE", [])
    attending = listed if isinstance(listed, list) else [listed]
    return [
        list(_names(attendee))
        for attendee in attending[:NAMES_AT_MOST]
        if str(attendee.params.get("PARTSTAT", "")).upper() != "DECLINED"
    ]


def _names(attendee: Any) -> Iterator[str]:
    scheme, _, address = str(attendee).strip().partition(":")
    yield address if scheme.lower() == "mailto" else str(attendee).strip()
    yield str(attendee.params.get("CN", ""))
