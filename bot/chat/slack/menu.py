"""What happens when somebody chooses from the menu of a card, or presses what is there no more?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.desk import Desk
from bot.chat.slack.modals import notice
from bot.chat.slack.presses import press_of
from bot.chat.slack.turns import Act, Turns

Body = dict[str, Any]

NOT_OURS = "This button is from an older card. Ask /signoff mine for what waits for you now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """`words` are what can be chosen. What it is about, the buttons beside it say."""

    turns: Turns
    words: Mapping[str, Act]

    async def more(self, ack: AsyncAck, body: Body) -> None:
        press = press_of(body)
        act = self.words.get(press.value)
        if act is None:
            self.turns.desk.tell(press.place, NOT_OURS)
            await ack()
            return
        await self.turns.press(ack, press.as_button(), act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strays:
    """Buttons and forms of an older version."""

    desk: Desk

    async def button(self, ack: AsyncAck, body: Body) -> None:
        self.desk.tell(press_of(body).place, NOT_OURS)
        await ack()

    async def form(self, ack: AsyncAck, body: Body) -> None:
        await ack(response_action="update", view=notice("Not recorded", NOT_OURS))
