"""Until when is somebody away, as they type it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.slack.commands.words import MENTION, readable
from bot.domain.calendar import working_hours
from bot.domain.people import Person
from bot.domain.spans import harmless

_SPAN = re.compile(r"([0-9]{1,4})([dw])", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FILLERS = frozenset({"until", "till", "to", "for", "deputy", "with", "as", "my", "is", "and"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The day on which they are back, as Slack writes it, and who stands in; both may be empty.
    `deputy` is a Slack id, or an id of the roster after an @."""

    back: bool = False
    day: str = ""
    deputy: str = ""


def plan_of(words: str, person: Person, now: datetime) -> Plan | str:
    """What was typed, or what cannot be made out."""
    deputies = [found[1] for found in MENTION.finditer(words)]
    rest = MENTION.sub(" ", words).split()
    deputies += [word for word in rest if word.startswith("@") and len(word) > 1]
    said = [word.casefold() for word in rest if not word.startswith("@")]
    days = [word for word in said if word not in _FILLERS]
    if wrong := _wrong(said, days, deputies):
        return wrong
    if days == ["back"]:
        return Plan(back=True)
    day = _day(days[0], person, now) if days else ""
    if day is None:
        return f"Until when? “{harmless(readable(days[0]), 40) or 'that'}” is no day I know."
    return Plan(day=day, deputy=deputies[0] if deputies else "")


def _wrong(said: list[str], days: list[str], deputies: list[str]) -> str:
    if len(days) > 1:
        return "Until when? Say one day."
    if len(deputies) > 1:
        return "Who stands in for you? Say one person."
    if "deputy" in said and not deputies:
        return "Who stands in for you? Choose the person from the list Slack shows after an @."
    if "until" in said and not days:
        return "Until when? Say a day, or leave out the word."
    return ""


def _day(word: str, person: Person, now: datetime) -> str | None:
    """The day of being back; None if the word is no day."""
    today = now.astimezone(ZoneInfo(working_hours("", person.timezone).zone)).date()
    if word in ("today", "tomorrow"):
        return (today + timedelta(days=1)).isoformat()
    if span := _SPAN.fullmatch(word):
        days = int(span[1]) * (7 if span[2] == "w" else 1)
        return (today + timedelta(days=days)).isoformat()
    if word in _WEEKDAYS:
        ahead = (_WEEKDAYS.index(word) - today.weekday() - 1) % 7 + 1
        return (today + timedelta(days=ahead)).isoformat()
    return word if _DAY.fullmatch(word) and _is_day(word) else None


def _is_day(word: str) -> bool:
    try:
        date.fromisoformat(word)
    except ValueError:
        return False
    return True
