"""How fast may it go? No faster than the chat takes it, with some room left for what is urgent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Limit, Pace
from storage import surfaces

REST = timedelta(seconds=5)


@dataclass(slots=True)
class Pacing:
    """Of each lane, when its latest calls were made."""

    pace: Pace
    _calls: dict[str, deque[datetime]] = field(default_factory=dict)
    _resting: dict[str, datetime] = field(default_factory=dict)

    def take(self, lane: str, now: datetime, *, urgent: bool) -> bool:
        """Whether one more may go there now; if so, it is counted."""
        limit = self._limit(lane)
        calls = self._recent(lane, now)
        room = limit.count if urgent else limit.count - limit.reserved
        if len(calls) >= room:
            return False
        if limit.within:
            self._calls.setdefault(lane, calls).append(now)
        return True

    def give_back(self, lane: str) -> None:
        """Nothing had to be said. Else whoever announces and supersedes without end has all others
        of their channel wait for what nobody will ever read.
        """
        calls = self._calls.get(lane, deque())
        if calls:
            calls.pop()
        if not calls:
            self._calls.pop(lane, None)

    def rest(self, lane: str, now: datetime) -> None:
        """Something is wrong here: leave the lane alone for a moment."""
        self._resting[lane] = now + REST

    def closed(self, now: datetime) -> set[str]:
        """The lanes that take nothing just now, however urgent."""
        resting = self._resting.items()
        self._resting = {lane: until for lane, until in resting if now < until <= now + REST}
        self._calls = {lane: calls for lane in self._calls if (calls := self._recent(lane, now))}
        full = {n for n, calls in self._calls.items() if len(calls) >= self._limit(n).count}
        return full | self._resting.keys()

    def opens(self, now: datetime) -> datetime | None:
        """When the first lane that was used lately takes more than it does now."""
        lapse = [calls[0] + self._limit(lane).within for lane, calls in self._calls.items()]
        return min(
            (moment for moment in (*lapse, *self._resting.values()) if moment > now), default=None
        )

    def _recent(self, lane: str, now: datetime) -> deque[datetime]:
        within, calls = self._limit(lane).within, self._calls.get(lane, deque())
        while calls and not timedelta() <= now - calls[0] < within:  # or the clock was set back
            calls.popleft()
        return calls

    def _limit(self, lane: str) -> Limit:
        match lane:
            case surfaces.CHANGING:
                return self.pace.change
            case surfaces.DRAWING:
                return self.pace.home
            case _:
                return self.pace.post
