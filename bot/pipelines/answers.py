"""The other side answered our report: did it take it, and if not, when may we try again?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.ports import Response, Undelivered

LONGEST_PAUSE = timedelta(hours=1)
GONE = 410

_EPOCH = re.compile(r"[0-9]{1,11}")


def succeeded(status: int) -> bool:
    """Only 2xx; a redirect is a failure."""
    return 200 <= status < 300


def judge(answer: Response, whose: str, now: datetime) -> None:
    """Raises Undelivered unless they took it; for good if their address is gone."""
    if not succeeded(answer.status):
        raise Undelivered(
            f"{whose} answered {answer.status}",
            final=answer.status == GONE,
            retry_after=retry_after(answer.headers, now),
        )


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The pause it asked for with Retry-After (seconds or a date), at most an hour."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        # Nine digits are decades already; more would overflow.
        return clamped(timedelta(seconds=int(said[:9])))
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    return clamped((until if until.tzinfo else until.replace(tzinfo=UTC)) - now)


def until(epoch: str, now: datetime) -> timedelta | None:
    """The pause until a moment in seconds since 1970, at most an hour. None if it is no such."""
    if not _EPOCH.fullmatch(epoch):
        return None
    return clamped(datetime.fromtimestamp(int(epoch), UTC) - now)


def clamped(pause: timedelta) -> timedelta:
    """Between nothing and an hour: nobody outside decides that we never come back."""
    return min(max(pause, timedelta(0)), LONGEST_PAUSE)
