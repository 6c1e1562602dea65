"""Who is clicking? Only a full member of our own workspace, whom the roster knows, may decide."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.haste import HALF, Haste, hurry
from bot.chat.slack.identity import Identity
from bot.clock import Clock
from bot.domain.errors import ChatUnreachable, GuestMayNotReview, UnknownPerson
from bot.domain.people import Person
from bot.engine.rulebook import Rulebook
from bot.ports import Unreachable

KEEP = timedelta(seconds=60)
"""How long an answer is good enough for those who only read."""

REMEMBER_AT_MOST = 2000

_SORTS = (
    ("deleted", "deactivated"),
    ("is_bot", "a bot"),
    ("is_app_user", "a bot"),
    ("is_workflow_bot", "a bot"),
    ("is_connector_bot", "a bot"),
    ("is_restricted", "a guest account"),
    ("is_ultra_restricted", "a guest account"),
    ("is_stranger", "from another workspace"),
    ("is_invited_user", "not confirmed yet"),
)
FOREIGN = "from another workspace"
INVISIBLE = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicker:
    """Somebody, as a request from Slack names them; `team` may be empty."""

    user: str
    team: str


@dataclass(frozen=True, slots=True)
class _Known:
    sort: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    api: SlackApi
    identity: Identity
    rulebook: Rulebook
    clock: Clock
    _cache: dict[Clicker, _Known] = field(default_factory=dict)

    async def person(self, clicker: Clicker, haste: Haste | None = None) -> Person:
        """Who it is, as Slack says at this moment: for whatever decides or arranges something.

        Whoever is not in the roster may do neither, so for them the answer of a moment ago will do:
        Slack says only so much in a minute. Raises GuestMayNotReview, UnknownPerson or
        ChatUnreachable.
        """
        if self.rulebook.roster.by_slack(clicker.user) is None:
            await self.check_member(clicker)
            raise UnknownPerson
        await self.check_now(clicker, haste or hurry(HALF))
        return self._in_roster(clicker)

    async def reader(self, clicker: Clicker) -> Person:
        """Who it is, as Slack said within the last minute: for pages and lists. Raises the same."""
        await self.check_member(clicker)
        return self._in_roster(clicker)

    async def is_member(self, user: str, haste: Haste | None = None) -> bool:
        """Whether the account is a full member's at this moment. Raises ChatUnreachable."""
        try:
            await self.check_now(Clicker(user=user, team=""), haste or hurry(HALF))
        except GuestMayNotReview:
            return False
        return True

    async def check_member(self, clicker: Clicker) -> None:
        """Raises GuestMayNotReview for all but full members, ChatUnreachable if nobody can say."""
        known = self._cache.get(clicker)
        if known is None or known.until <= self.clock():
            await self.check_now(clicker, hurry(HALF))
        elif known.sort:
            raise GuestMayNotReview(sort=known.sort)

    async def check_now(self, clicker: Clicker, haste: Haste) -> None:
        """The same, whatever was said before."""
        sort = await self._look_up(clicker, haste)
        if len(self._cache) >= REMEMBER_AT_MOST:
            self._cache.clear()
        self._cache[clicker] = _Known(sort, self.clock() + KEEP)
        if sort:
            raise GuestMayNotReview(sort=sort)

    def _in_roster(self, clicker: Clicker) -> Person:
        person = self.rulebook.roster.by_slack(clicker.user)
        if person is None:
            raise UnknownPerson
        return person

    async def _look_up(self, clicker: Clicker, haste: Haste) -> str:
        """Of which sort the account is, empty for a full member."""
        try:
            async with asyncio.timeout(haste.left):
                ours = await self.identity.learn()
            said = await self.api.ask("users.info", within=haste.left, user=clicker.user)
        except SlackRefused as refused:
            if refused.error in INVISIBLE:
                return FOREIGN
            raise ChatUnreachable from refused
        except (Unreachable, TimeoutError) as problem:
            raise ChatUnreachable from problem
        user = said.get("user")
        if not isinstance(user, dict) or user.get("id") != clicker.user:
            raise ChatUnreachable
        return sort_of(user, clicker.team, ours.team)


def sort_of(user: Mapping[str, Any], team: str, our_team: str) -> str:
    """Of which sort an account is as Slack describes it, empty for a full member of our workspace.

    `team` is where the person acted from; it may be empty.
    """
    for flag, sort in _SORTS:
        if user.get(flag):
            return sort
    if user.get("is_email_confirmed") is False:
        return "not confirmed yet"
    teams = {our_team, *_teams_of(user)} if our_team in _teams_of(user) else {our_team}
    if user.get("team_id") not in teams or team not in ("", *teams):
        return FOREIGN
    return ""


def _teams_of(user: Mapping[str, Any]) -> set[str]:
    """On Enterprise Grid one person belongs to several workspaces of the organisation."""
    enterprise = user.get("enterprise_user")
    teams = enterprise.get("teams") if isinstance(enterprise, dict) else None
    return {str(team) for team in teams} if isinstance(teams, list) else set()
