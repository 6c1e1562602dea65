"""What happens when somebody says that they are away, or back?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.desk import Desk
from bot.chat.slack.home import Home
from bot.chat.slack.leave import absence_of, away_form
from bot.chat.slack.presses import press_of, submission_of
from bot.domain.errors import Refusal
from bot.engine.board import Away

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    desk: Desk
    home: Home

    async def ask(self, ack: AsyncAck, body: Body) -> None:
        """Until when, and who stands in."""
        press = press_of(body)
        try:
            person = await self.desk.person(press.clicker)
            away = await self.desk.board.away(person.id)
            await self.desk.show(press.place, away_form(away, person, self.desk.roster))
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()

    async def leave(self, ack: AsyncAck, body: Body) -> None:
        form = submission_of(body)
        try:
            person = await self.desk.person(form.clicker)
        except Refusal as refusal:
            await self.desk.refuse(ack, form, refusal)
            return
        said = absence_of(form, person, self.desk.roster, self.desk.clock())
        if not isinstance(said, Away):
            await ack(response_action="errors", errors=dict(said))
            return
        await self.desk.board.go_away(person.id, said)
        await ack()
        self.desk.errands.run("home", self.home.renew(form.clicker))

    async def come_back(self, ack: AsyncAck, body: Body) -> None:
        press = press_of(body)
        try:
            person = await self.desk.person(press.clicker)
            await self.desk.board.go_away(person.id, None)
            self.desk.errands.run("home", self.home.renew(press.clicker))
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()
