"""Who else reads along? A channel that is shared with another organisation gets no card."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.errands import Errands
from bot.clock import Clock
from bot.engine.patience import is_due
from bot.ports import Unreachable

log = logging.getLogger(__name__)

KEEP = timedelta(minutes=1)
"""How long an answer is good enough for the next message."""

AT_THE_LATEST = timedelta(hours=1)
"""How long it will do while Slack does not answer, and how often all channels are looked at."""

SHARED = "the channel is shared with another organisation, or is about to be"
BLIND = (
    "Countersign cannot see whether channels are shared with another organisation: "
    "give the Slack app channels:read and groups:read (manifest.yml), and install it again"
)

_NO_SCOPE = frozenset({"missing_scope", "not_allowed_token_type"})
_FLAGS = ("is_ext_shared", "is_pending_ext_shared")

TakeDown = Callable[[str, datetime], Awaitable[None]]


async def _nothing(channel: str, at: datetime) -> None:
    """Nobody keeps what hangs there."""


@dataclass(frozen=True, slots=True)
class _Seen:
    shared: bool
    at: datetime


@dataclass(slots=True, kw_only=True)
class Channels:
    """`ours` are all that the config names. What hangs in one that turns out to be shared is handed
    to `take_down`, with the moment from which every process knows.
    """

    api: SlackApi
    clock: Clock
    errands: Errands
    ours: Collection[str] = ()
    take_down: TakeDown = _nothing
    blind: bool = False
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _down: set[str] = field(default_factory=set)
    _looked: datetime | None = None

    @property
    def warnings(self) -> list[str]:
        """What an operator has to know, without names: anybody may read it."""
        shared = sum(seen.shared for seen in self._seen.values())
        told = {
            f"{shared} channels are shared with another organisation, so no card hangs there; "
            "see the log": shared > 0,
            BLIND: self.blind,
        }
        return [warning for warning, is_so in told.items() if is_so]

    async def is_shared(self, channel: str) -> bool:
        """Also while it is about to be. Raises SlackRefused, Unreachable where nobody can say."""
        now, before = self.clock(), self._seen.get(channel)
        if before and not is_due(before.at, now, KEEP):
            return before.shared
        try:
            shared = await self._ask(channel)
        except (SlackRefused, Unreachable) as problem:
            passing = isinstance(problem, Unreachable) or problem.retry_after is not None
            if before and passing and not is_due(before.at, now, AT_THE_LATEST):
                return before.shared
            raise
        if shared and not (before and before.shared):
            log.error("no card hangs in %s: %s", channel, SHARED)
        self._seen[channel] = _Seen(shared, now)
        return shared

    async def is_ours_alone(self, channel: str) -> bool:
        """What Slack says just now; False where it does not, as of conversations of a few people."""
        try:
            return not await self._is_said_to_be_shared(channel)
        except (SlackRefused, Unreachable):
            return False

    async def shared(self, event: Mapping[str, Any]) -> None:
        """Slack says that a channel was shared just now."""
        channel = str(event.get("channel") or "")
        self._seen.pop(channel, None)
        self.errands.run("look at a channel", self._look_at(channel))

    async def beat(self) -> None:
        """As a duty of the heartbeat, without holding up the others."""
        now = self.clock()
        if is_due(self._looked, now, AT_THE_LATEST):
            self._looked = now
            self.errands.run("look at all channels", self.look_round())

    async def look_round(self) -> None:
        """At each channel that the config names."""
        for channel in self.ours:
            await self._look_at(channel)

    async def _look_at(self, channel: str) -> None:
        try:
            shared = await self.is_shared(channel)
        except (SlackRefused, Unreachable) as problem:
            log.warning("Slack does not say whether %s is shared: %s", channel, problem)
            return
        if not shared:
            self._down.discard(channel)
        elif channel not in self._down:
            try:
                await self.take_down(channel, self.clock() + KEEP)
            except Exception:  # a full disk, say: the next look comes in an hour
                log.exception("cannot take down what hangs in %s", channel)
            else:
                self._down.add(channel)

    async def _ask(self, channel: str) -> bool:
        try:
            shared = await self._is_said_to_be_shared(channel)
        except SlackRefused as refused:
            if refused.error not in _NO_SCOPE:
                raise
            if not self.blind:
                log.error(BLIND)
            self.blind = True
            return False
        self.blind = False
        return shared

    async def _is_said_to_be_shared(self, channel: str) -> bool:
        try:
            said = (await self.api.ask("conversations.info", channel=channel)).get("channel")
        except Unreachable as problem:
            raise Unreachable(str(problem), sent=False) from problem
        if not isinstance(said, dict):
            raise Unreachable("conversations.info: an answer without the channel", sent=False)
        return any(said.get(flag) is True for flag in _FLAGS)
