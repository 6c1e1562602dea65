"""Where does it stand who is on call? In the config itself, at PagerDuty, or in a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.config import shape_people
from bot.domain.asking.rota import Rota, Rotation, Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyRota:
    """A schedule of PagerDuty; `token_env` names a variable, `url` ends without a slash."""

    name: str
    schedule: str
    token_env: str
    url: str = "https://api.pagerduty.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class IcalRota:
    """A calendar feed at `url`, or in `file`; `token_env` names a variable, or is empty."""

    name: str
    url: str = ""
    file: str = ""
    token_env: str = ""


AnyRota = Rota | PagerDutyRota | IcalRota


def rota(name: str, written: shape_people.Rota) -> AnyRota:
    match written:
        case shape_people.PagerDuty():
            return PagerDutyRota(
                name=name,
                schedule=written.schedule,
                token_env=written.token_env,
                url=written.url.rstrip("/"),
            )
        case shape_people.Ical():
            return IcalRota(
                name=name,
                url=written.url or "",
                file=written.file or "",
                token_env=written.token_env or "",
            )
        case shape_people.Shifts():
            return Rota(name=name, shifts=_shifts(written))
        case shape_people.Rotation():
            return Rota(name=name, rotation=_rotation(written))
        case _:
            assert_never(written)


def _shifts(written: shape_people.Shifts) -> tuple[Shift, ...]:
    zone = ZoneInfo(written.timezone)
    return tuple(
        Shift(
            person=shift.person,
            start=_moment(shift.start, zone),
            end=_moment(shift.end, zone),
        )
        for shift in written.shifts
    )


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _rotation(written: shape_people.Rotation) -> Rotation:
    """In its own zone: turns begin at the same time of day in summer and in winter."""
    day, clock = date.fromisoformat(written.starting), time.fromisoformat(written.at)
    return Rotation(
        members=written.members,
        starting=datetime.combine(day, clock, ZoneInfo(written.timezone)),
        every=written.every,
    )
