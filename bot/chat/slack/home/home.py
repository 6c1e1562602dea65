"""What does a person see on the Home tab, and what happens when they leaf through it?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.blocks import header
from bot.chat.slack.desk import Desk
from bot.chat.slack.home.looks import Look, Part, first_look, look_of
from bot.chat.slack.home.page import Contents, Page, paragraph
from bot.chat.slack.names import PAGE
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import press_of
from bot.chat.slack.richtext import Block
from bot.domain.errors import Refusal
from bot.domain.people import Person

PAGE_BUTTON = re.compile(rf"^{PAGE}:[a-z]+$")
"""The action ids of the buttons that turn to another part or leaf."""

REMEMBER_AT_MOST = 5000
"""Of how many people it is known what they look at; the one who came first is forgotten first."""

DECISIONS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Home:
    """The page is drawn by the reconciler, whenever it is not true any more: here it is only said
    that it is not."""

    desk: Desk
    looks: dict[str, Look] = field(default_factory=dict)

    async def opened(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        """app_home_opened: whoever comes anew begins with what waits for them."""
        user = event.get("user")
        if event.get("tab") == "home" and isinstance(user, str) and user:
            self.looks.pop(user, None)
            await self.desk.personal.draw_page(user)

    async def turn(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Another part of the page, or another leaf of it."""
        press = press_of(body)
        if look := look_of(press.value):
            self._remember(press.clicker.user, look)
        await self.renew(press.clicker)
        await ack()

    async def renew(self, clicker: Clicker) -> None:
        """Have the page of this person drawn anew, soon."""
        if clicker.user:
            await self.desk.personal.draw_page(clicker.user)

    async def draw(self, user: str) -> None:
        """The page of this person, now. Raises SlackRefused or Unreachable."""
        try:
            person = await self.desk.reader(Clicker(user=user, team=""))
            blocks = await self._page(user, person)
        except Refusal as refusal:
            blocks = [header("Countersign", "title"), paragraph("refusal", refusal.sentence)]
        view = {"type": "home", "blocks": blocks}
        await self.desk.api.call("views.publish", user_id=user, view=view)

    async def _page(self, user: str, person: Person) -> list[Block]:
        board, personal = self.desk.board, self.desk.personal
        share = await board.share(person.id)
        look = self.looks.get(user) or first_look(share)
        self._remember(user, look)
        decided = look.part is Part.DECIDED
        contents = Contents(
            person=person,
            share=share,
            decided=await board.decided_by(person.id, DECISIONS_SHOWN) if decided else (),
            asked_lately=await board.asked_lately(person.id),
            away=await personal.away(person.id),
            wishes=await personal.preferences(person.id),
        )
        page = Page(
            contents=contents,
            roster=self.desk.roster,
            now=self.desk.clock(),
            card=partial(board.card, reader=person.id),
        )
        return page.blocks(look)

    def _remember(self, user: str, look: Look) -> None:
        while user not in self.looks and len(self.looks) >= REMEMBER_AT_MOST:
            del self.looks[next(iter(self.looks))]
        self.looks[user] = look
