"""What does `/signoff` answer? In private unless it is to be shared, and never with an error."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.channels import Channels
from bot.chat.slack.commands.answer import READ_ALONG, Answer, message_of, sentence
from bot.chat.slack.commands.answers import Answers
from bot.chat.slack.commands.deeds import Deeds
from bot.chat.slack.commands.help import COMMAND as COMMAND
from bot.chat.slack.commands.incidents import Incidents
from bot.chat.slack.commands.overriding import Overriding
from bot.chat.slack.commands.words import Wish, understood
from bot.chat.slack.desk import Desk
from bot.chat.slack.people import Clicker
from bot.domain.errors import Refusal
from bot.engine.figures import Figuring

AT_MOST = 0.5
"""Seconds for Slack to say who reads along."""

DEEDS = frozenset({"claim", "delegate", "away"})


@dataclass(frozen=True, slots=True)
class Commands:
    desk: Desk
    channels: Channels

    @property
    def answers(self) -> Answers:
        return Answers(desk=self.desk, figuring=Figuring(self.desk.board.store))

    async def signoff(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        """Done, and stored, before Slack has its answer."""
        clicker = Clicker(user=str(command.get("user_id")), team=str(command.get("team_id") or ""))
        wish = understood(str(command.get("text") or ""))
        try:
            answer = await self._answer(clicker, wish, _once(command))
        except Refusal as refusal:
            answer = sentence(refusal.sentence)
        now, roster = self.desk.clock(), self.desk.roster
        share = wish.share and await self._may_share(str(command.get("channel_id") or ""))
        why = "" if share or not wish.share else READ_ALONG
        await ack(**message_of(answer, now, clicker, roster, share=share, why=why))

    async def _may_share(self, channel: str) -> bool:
        """Not where another organisation reads along, nor where nobody can say: so not in a direct
        message, which we may not look at.
        """
        try:
            async with asyncio.timeout(AT_MOST):
                return await self.channels.is_ours_alone(channel)
        except TimeoutError:
            return False

    async def _answer(self, clicker: Clicker, wish: Wish, trigger: str) -> Answer:
        if wish.verb == "override":
            return await Overriding(desk=self.desk).done(clicker, wish.rest, trigger)
        if wish.verb == "incident":
            return await Incidents(desk=self.desk).done(clicker, wish.rest)
        if wish.verb in DEEDS:
            return await Deeds(desk=self.desk).done(clicker, wish, trigger)
        return await self.answers.to(clicker, wish)


def _once(command: dict[str, Any]) -> str:
    """The same whenever Slack repeats the command, and different for each that is typed."""
    named = ("team_id", "user_id", "trigger_id")
    return " ".join(str(command.get(name) or "") for name in named)
