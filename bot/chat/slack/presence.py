"""Who is there? Members, who must not be disturbed, and who is active, as far as Slack says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.identity import Identity
from bot.chat.slack.people import sort_of
from bot.clock import Clock
from bot.domain.asking.choosing import Seen
from bot.ports import Unreachable

log = logging.getLogger(__name__)

PAGE, MOST_PAGES = 200, 500
DISTURBED_AT_A_TIME = 50
ASKED_AT_A_TIME = 40
"""Slack tells of one person's activity at a time, and of some fifty a minute."""

ACTIVE_FOR = timedelta(minutes=15)
"""How long what was said of somebody's activity is repeated, until it is their turn again."""

Pause = Callable[[float], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Looks at everybody's membership each time, and at some people's activity in turn."""

    api: SlackApi
    identity: Identity
    clock: Clock
    pause: Pause = asyncio.sleep
    _turn: int = 0
    _active: dict[str, tuple[bool, datetime]] = field(default_factory=dict)

    async def look(self, users: Sequence[str]) -> Mapping[str, Seen]:
        """By user; of whom nothing is said, nothing is known.

        Raises SlackRefused or Unreachable only where Slack does not say who the members are.
        """
        members = await self._members(frozenset(users))
        there = [user for user in users if members.get(user)]
        quiet = await self._quiet(there)
        active = await self._activity(there)
        return {
            user: Seen(
                member=members.get(user), active=active.get(user), quiet_until=quiet.get(user)
            )
            for user in users
        }

    async def _members(self, users: frozenset[str]) -> Mapping[str, bool]:
        """Whom a list that was read to its end does not name is no member."""
        ours = await self.identity.learn()
        found: dict[str, bool] = {}
        cursor = ""
        for _ in range(MOST_PAGES):
            page = await self._page(cursor)
            for user in _objects(page.get("members")):
                if (name := user.get("id")) in users:
                    found[name] = not sort_of(user, "", ours.team)
            cursor = cursor_of(page)
            if users <= found.keys():
                return found
            if not cursor:
                return {**dict.fromkeys(users, False), **found}
        return found

    async def _page(self, cursor: str) -> Mapping[str, Any]:
        """Large workspaces have many pages: where Slack asks us to slow down, we do so once."""
        try:
            page = await self.api.ask("users.list", limit=str(PAGE), cursor=cursor)
        except SlackRefused as refused:
            if refused.retry_after is None:
                raise
            await self.pause(refused.retry_after.total_seconds())
            page = await self.api.ask("users.list", limit=str(PAGE), cursor=cursor)
        if not isinstance(page.get("members"), list):
            raise Unreachable("users.list: an answer without members")
        return page

    async def _quiet(self, users: Sequence[str]) -> Mapping[str, datetime]:
        """Until when those who are not to be disturbed now want their peace."""
        now, found = self.clock(), dict[str, datetime]()
        for start in range(0, len(users), DISTURBED_AT_A_TIME):
            batch = users[start : start + DISTURBED_AT_A_TIME]
            try:
                said = await self.api.ask("dnd.teamInfo", users=",".join(batch))
            except (SlackRefused, Unreachable) as problem:
                log.warning("Slack does not say who is not to be disturbed: %s", problem)
                break
            told = said.get("users")
            for user in batch:
                window = told.get(user) if isinstance(told, dict) else None
                if until := _quiet_until(window, now):
                    found[user] = until
        return found

    async def _activity(self, users: Sequence[str]) -> Mapping[str, bool]:
        now = self.clock()
        for user in self._in_turn(users):
            try:
                said = await self.api.ask("users.getPresence", user=user)
            except (SlackRefused, Unreachable) as problem:
                log.warning("Slack does not say who is active: %s", problem)
                break
            if (presence := said.get("presence")) in ("active", "away"):
                self._active[user] = (presence == "active", now)
        there = frozenset(users)
        kept = {u: it for u, it in self._active.items() if u in there and now - it[1] < ACTIVE_FOR}
        self._active = kept
        return {user: active for user, (active, _) in kept.items()}

    def _in_turn(self, users: Sequence[str]) -> list[str]:
        """Those whose turn it is: next time, the ones after them."""
        first = self._turn % max(len(users), 1)
        turn = [*users[first:], *users[:first]][:ASKED_AT_A_TIME]
        self._turn = first + len(turn)
        return turn


def _quiet_until(window: object, now: datetime) -> datetime | None:
    if not isinstance(window, dict) or window.get("dnd_enabled") is not True:
        return None
    start, end = _moment(window.get("next_dnd_start_ts")), _moment(window.get("next_dnd_end_ts"))
    return end if start and end and start <= now < end else None


def _moment(stamp: object) -> datetime | None:
    """Slack's epoch seconds; anything else is none."""
    if isinstance(stamp, bool) or not isinstance(stamp, int) or not 0 < stamp < 10**11:
        return None
    return datetime.fromtimestamp(stamp, UTC)


def _objects(found: object) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def cursor_of(page: Mapping[str, Any]) -> str:
    about = page.get("response_metadata")
    cursor = about.get("next_cursor") if isinstance(about, dict) else ""
    return cursor if isinstance(cursor, str) else ""
