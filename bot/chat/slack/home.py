"""What does a person see on the Home tab? What waits for them, how their own changes stand, and
whether they are away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.blocks import context, header
from bot.chat.slack.desk import Desk
from bot.chat.slack.leave import away_section
from bot.chat.slack.lists import decided, item, listed, waiting
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import Block, plain
from bot.domain.errors import Refusal
from bot.domain.people import Person
from bot.domain.signoff import Signoff

WAITING_SHOWN, OTHERS_SHOWN = 20, 10

FOOTNOTE = "Only you see this page. It is drawn anew whenever you open it. /signoff help says more."


@dataclass(frozen=True, slots=True)
class Home:
    desk: Desk

    async def opened(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        """app_home_opened: Slack is answered at once, whether or not the page can be drawn."""
        user, team = event.get("user"), body.get("team_id")
        if event.get("tab") == "home" and isinstance(user, str):
            clicker = Clicker(user=user, team=team if isinstance(team, str) else "")
            self.desk.errands.run("home", self.renew(clicker))

    async def renew(self, clicker: Clicker) -> None:
        """Draw the page anew. Raises SlackRefused or Unreachable."""
        try:
            person = await self.desk.person(clicker)
            blocks = await self._page(person)
        except Refusal as refusal:
            blocks = [header("Countersign", "title"), _sentence("refusal", refusal.sentence)]
        view = {"type": "home", "blocks": blocks}
        await self.desk.api.call("views.publish", user_id=clicker.user, view=view)

    async def _page(self, person: Person) -> list[Block]:
        board = self.desk.board
        mine = await board.waiting_for(person.id)
        asked = await board.asked_by(person.id)
        away = await board.away(person.id)
        over = [s for s in await board.recent(3 * OTHERS_SHOWN) if s.status.is_final]
        now = self.desk.clock()
        own = [waiting(signoff, self.desk.roster, now) for signoff in asked]
        past = [decided(signoff) for signoff in over[:OTHERS_SHOWN]]
        return [
            header("Waiting for you", "waiting"),
            *self._items(mine),
            header("What you asked for", "asked"),
            *_list("own", own, "None of your own changes waits for a sign-off."),
            header("Last decisions", "decisions"),
            *_list("past", past, "Nothing has been decided yet."),
            header("Away", "away:header"),
            *away_section(away, self.desk.roster),
            context(FOOTNOTE, "footnote"),
        ]

    def _items(self, mine: Sequence[Signoff]) -> list[Block]:
        if not mine:
            return [_sentence("nothing", "Nothing waits for you.")]
        now, roster = self.desk.clock(), self.desk.roster
        blocks = [
            block
            for signoff in mine[:WAITING_SHOWN]
            for block in item(signoff, self.desk.board.card(signoff), roster, now)
        ]
        left = len(mine) - WAITING_SHOWN
        return [*blocks, _sentence("more", f"and {left} more")] if left > 0 else blocks


def _list(block_id: str, lines: Sequence[Any], nothing: str) -> list[Block]:
    if not lines:
        return [_sentence(block_id, nothing)]
    return [listed(block_id, lines[:OTHERS_SHOWN], more=len(lines) - OTHERS_SHOWN)]


def _sentence(block_id: str, text: str) -> Block:
    return {"type": "section", "block_id": block_id, "text": plain(text)}
