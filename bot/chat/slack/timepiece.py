"""How far is Slack's clock from ours? Each answer of its API says what time it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.clock import Clock, system_clock

TO_THE_SECOND = timedelta(seconds=1)
"""It is said so, and cut off."""


@dataclass(slots=True)
class Timepiece:
    """`offset` is by how many seconds Slack is ahead of us, as of the last answer; None: it has not
    said so.
    """

    clock: Clock = system_clock
    offset: float | None = None

    def heard(self, headers: object, asked_at: datetime) -> None:
        """An answer came just now. However long it was on its way, it was made in between."""
        said = _date(headers)
        if said is None:
            return
        earliest, latest = asked_at - TO_THE_SECOND, self.clock()
        if said > latest:
            self.offset = (said - latest).total_seconds()
        else:
            self.offset = min((said - earliest).total_seconds(), 0.0)


def _date(headers: object) -> datetime | None:
    if not isinstance(headers, Mapping):
        return None
    said = headers.get("Date")
    try:
        found = parsedate_to_datetime(str(said))
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
