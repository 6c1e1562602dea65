"""Which durations, hours, days and zones may stand in the config?"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from bot.config.mistakes import shown
from bot.config.values import Fits, refusal

LONGEST = timedelta(days=90)
LONGEST_GRACE = timedelta(minutes=5)
SHORTEST_CLAIM, LONGEST_CLAIM = timedelta(minutes=1), timedelta(hours=24)
LONGEST_CLOSURE = timedelta(days=366)
_DURATION = r"^(?=.)([0-9]{1,4}d)?([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK_OR_NO = "must be a time of day such as 09:00, or no"
_DAY = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def duration(text: object) -> timedelta:
    """From `15m`, `1h30m`, `2d`, to 90 days at most."""
    length = _length(text)
    if not timedelta() < length <= LONGEST:
        raise refusal("must be longer than nothing and at most 90 days")
    return length


def _grace(text: object) -> timedelta:
    length = _length(text)
    if length > LONGEST_GRACE:
        raise refusal("must be at most 5m; 0s is none")
    return length


def _claim(text: object) -> timedelta:
    length = _length(text)
    if not SHORTEST_CLAIM <= length <= LONGEST_CLAIM:
        raise refusal("must be at least 1m and at most 24h")
    return length


def _length(text: object) -> timedelta:
    found = re.fullmatch(_DURATION, text) if isinstance(text, str) else None
    if not found:
        raise refusal("must be a duration such as 20s, 15m, 1h30m or 2d")
    days, hours, minutes, seconds = (int((part or "0")[:-1] or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def hours(text: str) -> tuple[time, time]:
    """From `09:00-17:30`."""
    start, _, end = text.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def _check_order(text: str) -> str:
    start, end = hours(text)
    if start >= end:
        raise refusal("must start before it ends, on the same day")
    return text


def _check_length(text: str) -> str:
    start, end = hours(text)
    if start == end:
        raise refusal("must not end when it starts; for whole days leave hours out")
    return text


def _check_timezone(name: str) -> str:
    if name not in _timezones():
        raise refusal(f"no time zone is called {shown(name)}; they look like Europe/London")
    return name


_timezones = cache(available_timezones)


def _no_as_text(value: object) -> object:
    if value is True:
        raise refusal(_CLOCK_OR_NO)
    return "no" if value is False else value


def _none_as_empty(text: str) -> str:
    return "" if text == "no" else text


def _check_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise refusal("there is no such day") from None
    return text


def _check_closure(text: str) -> str:
    first, slash, last = text.partition("/")
    begins = date.fromisoformat(_check_day(first))
    ends = date.fromisoformat(_check_day(last)) if slash else begins
    if ends < begins:
        raise refusal("must begin before it ends")
    if ends - begins >= LONGEST_CLOSURE:
        raise refusal("must last a year at most")
    return text


def _check_moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise refusal("there is no such day") from None
    return text


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Timezone = Annotated[str, AfterValidator(_check_timezone)]
Hours = Annotated[
    str,
    Fits(f"^{_CLOCK}-{_CLOCK}$", "must be hours such as 09:00-17:30"),
    AfterValidator(_check_order),
]
NightHours = Annotated[
    str,
    Fits(f"^{_CLOCK}-{_CLOCK}$", "must be hours such as 09:00-17:30 or 22:00-06:00"),
    AfterValidator(_check_length),
]
Clock = Annotated[str, Fits(f"^{_CLOCK}$", "must be a time of day such as 09:00")]
ClockOrNo = Annotated[
    str,
    BeforeValidator(_no_as_text, json_schema_input_type=str | Literal[False]),
    Fits(f"^({_CLOCK}|no)$", _CLOCK_OR_NO),
    AfterValidator(_none_as_empty),
]
Day = Annotated[
    str, Fits(f"^{_DAY}$", "must be a day such as 2026-11-23"), AfterValidator(_check_day)
]
Closure = Annotated[
    str,
    Fits(
        f"^{_DAY}(/{_DAY})?$",
        "must be a day such as 2026-12-24, or days such as 2026-12-24/2027-01-01",
    ),
    AfterValidator(_check_closure),
]
Moment = Annotated[
    str,
    Fits(f"^{_DAY}T{_CLOCK}$", "must be a moment such as 2026-11-23T09:00"),
    AfterValidator(_check_moment),
]
WrittenDuration = Annotated[str, Field(pattern=_DURATION)]
Duration = Annotated[timedelta, BeforeValidator(duration, json_schema_input_type=WrittenDuration)]
Grace = Annotated[timedelta, BeforeValidator(_grace, json_schema_input_type=WrittenDuration)]
Claim = Annotated[timedelta, BeforeValidator(_claim, json_schema_input_type=WrittenDuration)]
