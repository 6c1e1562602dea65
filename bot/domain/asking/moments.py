"""What are an hour and a day called, so that people elsewhere do not take them for their own?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendar import working_hours
from bot.domain.people import Person

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def one_clock(people: Iterable[Person], at: datetime) -> bool:
    """Whether the clocks of all of them show the same just now, so that no zone need be said."""
    return len({_local(at, zone).utcoffset() for zone in {it.timezone for it in people}}) <= 1


def hour(moment: datetime, person: Person, *, zoned: bool) -> str:
    """As the person's clock shows it: "09:00", or if `zoned` "09:00 in Tokyo"."""
    local = _local(moment, person.timezone)
    return f"{local:%H:%M}{_place(local) if zoned else ''}"


def weekday(moment: datetime, person: Person, at: datetime) -> str:
    """ " on Monday", or nothing for the day that `at` is where the person lives."""
    local = _local(moment, person.timezone)
    today = local.date() == _local(at, person.timezone).date()
    return "" if today else f" on {_DAYS[local.weekday()]}"


def day(moment: datetime, person: Person) -> str:
    """A day as it is called where the person lives: "7 December 2026"."""
    local = _local(moment, person.timezone)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def coming_day(moment: datetime, person: Person, at: datetime) -> str:
    """The same, but "later today" and "tomorrow" for those two, as seen `at` that moment."""
    today, then = (_local(it, person.timezone).date() for it in (at, moment))
    if then == today:
        return "later today"
    return "tomorrow" if then - today == timedelta(days=1) else day(moment, person)


def _local(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(working_hours("", zone).zone))
    except OverflowError:  # the last day of all years, somewhere east
        return moment


def _place(local: datetime) -> str:
    """ " in Tokyo", or " UTC+05:30" where the zone is no place."""
    region, _, place = getattr(local.tzinfo, "key", "").rpartition("/")
    if region and region != "Etc":
        return f" in {place.replace('_', ' ')}"
    return f" UTC{local.isoformat()[-6:] if local.utcoffset() else ''}"
