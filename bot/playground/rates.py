"""How often may the bot call each method, and how long must it wait when that was too often?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from bot.playground.refusals import RateLimited
from bot.playground.rules import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many calls in any stretch of that many seconds."""

    most: int
    seconds: float = 60.0
    each_channel: bool = False


TIER_2, TIER_3, TIER_4 = Rate(most=20), Rate(most=50), Rate(most=100)
POSTING = (Rate(most=5, seconds=5.0, each_channel=True), Rate(most=300))
"""About one a second in each channel, a few at once; several hundred a minute in all."""

RATES: Mapping[str, tuple[Rate, ...]] = {
    "chat.postMessage": POSTING,
    "chat.update": (TIER_3,),
    "chat.delete": (TIER_3,),
    "chat.postEphemeral": (TIER_4,),
    "chat.getPermalink": (Rate(most=300),),
    "auth.test": (Rate(most=300),),
    "conversations.open": (TIER_3,),
    "conversations.info": (TIER_3,),
    "conversations.history": (TIER_3,),
    "conversations.replies": (TIER_3,),
    "conversations.members": (TIER_4,),
    "views.open": (TIER_4,),
    "views.push": (TIER_4,),
    "views.update": (TIER_4,),
    "views.publish": (TIER_4,),
    "users.info": (TIER_4,),
    "users.list": (TIER_2,),
    "users.lookupByEmail": (TIER_3,),
    "users.getPresence": (TIER_3,),
    "usergroups.users.list": (TIER_2,),
    "dnd.info": (TIER_3,),
    "dnd.teamInfo": (TIER_2,),
    "reactions.add": (TIER_3,),
}


class Rates:
    """Remembers when each method was called. Off unless ``on``: every call is in time."""

    def __init__(self, now: Callable[[], float], *, on: bool = False) -> None:
        self.on = on
        self._now = now
        self._calls: dict[tuple[str, str, Rate], deque[float]] = {}

    def mind(self, method: str, args: Json) -> None:
        """Count this call; RateLimited, and not counted, if it comes too soon."""
        if not self.on:
            return
        now = self._now()
        lanes = [self._lane(method, args, rate) for rate in RATES.get(method, ())]
        waits = [_wait(lane, rate, now) for lane, rate in lanes]
        if any(wait > 0 for wait in waits):
            raise RateLimited(max(1, ceil(max(waits))))
        for lane, _ in lanes:
            lane.append(now)

    def _lane(self, method: str, args: Json, rate: Rate) -> tuple[deque[float], Rate]:
        channel = str(args.get("channel") or "") if rate.each_channel else ""
        if channel[:1] in ("U", "W"):
            channel = f"D{channel[1:]}"  # a person, and the conversation with them, are one
        return self._calls.setdefault((method, channel, rate), deque()), rate


def _wait(calls: deque[float], rate: Rate, now: float) -> float:
    """Seconds until one more call is in time; 0 if it is now."""
    while calls and now - calls[0] >= rate.seconds:
        calls.popleft()
    return 0.0 if len(calls) < rate.most else calls[0] + rate.seconds - now
