"""Who are we in Slack? Asked once, and again until it answers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.ports import Unreachable

log = logging.getLogger(__name__)

WITHIN = 2.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """The bot, in its workspace, and in the organisation that has several (Enterprise Grid)."""

    team: str
    enterprise: str = ""
    bot_user: str
    bot: str


class Identity:
    """`known` is None until Slack has told us once."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self.known: Ourselves | None = None

    async def learn(self) -> Ourselves:
        """Raises SlackRefused or Unreachable."""
        if self.known is None:
            said = await self._api.call("auth.test", within=WITHIN)
            team, user = said.get("team_id"), said.get("user_id")
            if not isinstance(team, str) or not isinstance(user, str):
                raise Unreachable("auth.test: an answer without team or user")
            bot = str(said.get("bot_id") or "")
            organisation = str(said.get("enterprise_id") or "")
            self.known = Ourselves(team=team, enterprise=organisation, bot_user=user, bot=bot)
        return self.known

    async def teams(self) -> tuple[str, ...]:
        """Our workspace, and the organisation it is part of if there is one. Raises Unreachable."""
        try:
            ours = await self.learn()
        except SlackRefused as refused:
            raise Unreachable(f"Slack does not let us in: {refused.error}") from None
        return (ours.team, ours.enterprise) if ours.enterprise else (ours.team,)

    async def look_again(self) -> None:
        """Whether Slack lets us in is seen by the asking."""
        with suppress(SlackRefused, Unreachable):
            await self._api.call("auth.test", within=WITHIN)

    async def try_once(self) -> bool:
        try:
            await self.learn()
        except (SlackRefused, Unreachable) as problem:
            log.warning("Slack does not say who we are: %s", problem)
        return self.known is not None

    async def insist(self) -> None:
        """Until Slack answers; for a task of its own."""
        pause = 1.0
        while not await self.try_once():
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
