"""May this event of a calendar be unrolled? Only in ways that end soon.

The libraries look for the next occurrence until the year 9999, and an interval of nothing takes
for ever. So a rule must be one that rotas use, and cannot run dry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.rotas import Unreadable

LONGEST = timedelta(days=400)
"""The longest shift, and the longest span of a calendar."""

YEARS = range(1970, 2201)

_ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_PARTS = {
    "DAILY": _ALWAYS | {"BYDAY"},
    "WEEKLY": _ALWAYS | {"BYDAY"},
    "MONTHLY": _ALWAYS | {"BYDAY", "BYMONTHDAY"},
}
_WEEKDAY = re.compile(r"(?:MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAY_OF_MONTH = re.compile(r"[+-]?[1-4]?(?:MO|TU|WE|TH|FR|SA|SU)")


def check_event(event: Mapping[str, Any]) -> None:
    """Raise Unreadable unless its times make sense and its rule, if any, is a plain one.

    What is broken beyond that raises whatever the library does.
    """
    for key in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if key in event:
            _check_moment(key, event[key])
    if "RECURRENCE-ID" in event and "RANGE" in event["RECURRENCE-ID"].params:
        raise Unreadable("an event changes all that come after it, which is not supported")
    if not timedelta() <= _length(event) <= LONGEST:
        raise Unreadable("an event ends before it begins, or lasts longer than 400 days")
    if "RRULE" in event:
        _check_rule(event["RRULE"])


def _check_moment(key: str, value: Any) -> None:
    if value.dt.year not in YEARS:
        raise Unreadable(f"{key} is not in the years from {YEARS[0]} to {YEARS[-1]}")
    if "TZID" in value.params and getattr(value.dt, "tzinfo", None) is None:
        raise Unreadable(f"{key} is in a time zone that nobody knows; use one like Europe/London")


def _length(event: Mapping[str, Any]) -> timedelta:
    if "DURATION" in event:
        duration: timedelta = event["DURATION"].dt
        return duration
    if "DTEND" not in event:
        return timedelta()
    length: timedelta = event["DTEND"].dt - event["DTSTART"].dt
    return length


def _check_rule(rule: Any) -> None:
    frequency = _one(rule, "FREQ", "").upper()
    allowed = _PARTS.get(frequency, frozenset())
    interval, count = _one(rule, "INTERVAL", 1), _one(rule, "COUNT", 1)
    days, dates = rule.get("BYDAY", []), rule.get("BYMONTHDAY", [])
    weekday = _WEEKDAY_OF_MONTH if frequency == "MONTHLY" else _WEEKDAY
    plain = (
        {key.upper() for key in rule} <= allowed
        and 1 <= interval <= 366
        and 1 <= count <= 10_000
        and all(weekday.fullmatch(str(day).upper()) for day in days)
        and all(1 <= abs(number) <= 31 for number in dates)
    )
    # Every second day, but on Mondays: both together may never come true.
    clash = (days and dates) or (days and frequency == "DAILY" and interval > 1)
    if not plain or clash:
        raise Unreadable("an event repeats in a way that no rota needs: by days, weeks or months")


def _one(rule: Any, key: str, usual: Any) -> Any:
    values = rule.get(key, usual)
    if not isinstance(values, list):
        return values
    if len(values) != 1:
        raise Unreadable(f"a rule has more than one {key}")
    return values[0]
