"""How do people say a number? "3 h 20 min", "7 %", "1,234", "2 Nov"."""

from __future__ import annotations

import math
from datetime import date, timedelta

from bot.domain.seeing.chart import Cell, Unit
from bot.domain.spans import duration

NOTHING = "–"
MINUTE, HOUR, DAY = 60, 3600, 86400


def said(cell: Cell, unit: Unit) -> str:
    """A cell as it stands beside a mark and in the table."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return day(cell)
    match unit:
        case Unit.LENGTH:
            return length(cell)
        case Unit.WORK:
            return work(cell)
        case Unit.SHARE:
            return percent(cell)
        case _:
            return f"{cell:,}"


def day(at: date) -> str:
    """ "2 Nov": the year is said where it is needed, beside the chart."""
    return f"{at.day} {at:%b}"


def length(seconds: float) -> str:
    """Rounded up, so that "no more than 41 min" is true."""
    if seconds < MINUTE:
        return f"{math.ceil(seconds)} s"
    if seconds <= 2 * DAY:
        return duration(timedelta(minutes=math.ceil(seconds / MINUTE))).removesuffix(" 0 min")
    days, hours = divmod(math.ceil(seconds / HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def work(seconds: float) -> str:
    """Time of people, which is an estimate: "31 h", "40 min"."""
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    hours = seconds / HOUR
    return f"{hours:.1f} h" if hours < 10 and round(hours, 1) % 1 else f"{round(hours):,} h"


def percent(share: float) -> str:
    """No rarer than it is: what is not nought is never said to be nought, and not all is not all."""
    rounded = math.floor(share * 100 + 0.5)
    if share > 0 and not rounded:
        return "under 1 %"
    if share < 1 and rounded == 100:
        return "over 99 %"
    return f"{rounded} %"


def counted(number: int, thing: str, things: str = "") -> str:
    """ "1 rule", "3 rules"."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def listed(names: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
