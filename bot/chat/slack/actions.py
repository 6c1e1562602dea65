"""What happens when somebody presses a button or sends a form?

Each listener asks who it is, makes one call of the engine, and then acknowledges: an answer to
Slack means that what was pressed is stored.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack import modals
from bot.chat.slack.api import SlackRefused
from bot.chat.slack.desk import Desk
from bot.chat.slack.home import Home
from bot.chat.slack.presses import Press, Submission, press_of, submission_of
from bot.chat.slack.richtext import Block
from bot.chat.slack.trail import told
from bot.domain.errors import ChatUnreachable, Refusal
from bot.domain.people import Person
from bot.domain.signoff import Signoff, Verdict
from bot.engine.signoffs import Click
from bot.ports import Unreachable

log = logging.getLogger(__name__)

Body = dict[str, Any]

FORM_WITHIN = 2.0
"""Seconds: a trigger is good for three."""

NO_FORM = "Slack did not open the form just now, so nothing was recorded. Please press again."
NOT_OURS = "This button is from an older card. Ask /signoff mine for what waits for you now."


class NotCounted(Refusal):
    """This was answered before, and not counted then. Look at the newest card, and press there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    desk: Desk
    home: Home

    async def approve(self, ack: AsyncAck, body: Body) -> None:
        """At once where policy asks for nothing more, by a form where it does."""
        await self._press(ack, press_of(body), Verdict.APPROVE)

    async def reject(self, ack: AsyncAck, body: Body) -> None:
        await self._press(ack, press_of(body), Verdict.REJECT)

    async def details(self, ack: AsyncAck, body: Body) -> None:
        press = press_of(body)
        try:
            await self.desk.people.check_member(press.clicker)
            signoff = await self.desk.find(press.subject())
            await self._open(press, await self._everything(signoff))
        except Refusal as refusal:
            self._whisper(press, refusal.sentence)
        await ack()

    async def send_approval(self, ack: AsyncAck, body: Body) -> None:
        await self._send(ack, submission_of(body), Verdict.APPROVE)

    async def send_rejection(self, ack: AsyncAck, body: Body) -> None:
        await self._send(ack, submission_of(body), Verdict.REJECT)

    async def unknown_button(self, ack: AsyncAck, body: Body) -> None:
        self._whisper(press_of(body), NOT_OURS)
        await ack()

    async def unknown_form(self, ack: AsyncAck, body: Body) -> None:
        await ack(response_action="update", view=modals.notice("Not recorded", NOT_OURS))

    async def _press(self, ack: AsyncAck, press: Press, verdict: Verdict) -> None:
        try:
            person = await self.desk.person(press.clicker)
            subject = press.subject()
            signoff = await self.desk.find(subject)
            card = self.desk.board.card(signoff)
            if verdict is Verdict.REJECT or (card.open and card.approve_needs_form):
                self.desk.check_worth_a_form(signoff, subject, person)
                await self._open(press, modals.form(card, subject, verdict))
            else:
                await self._review(signoff, subject.click(press.id, person.id), verdict)
                self._renew_home(press, person)
        except Refusal as refusal:
            self._whisper(press, refusal.sentence)
        await ack()

    async def _send(self, ack: AsyncAck, form: Submission, verdict: Verdict) -> None:
        try:
            person = await self.desk.person(form.clicker)
            subject = form.subject()
            signoff = await self.desk.find(subject)
            card = self.desk.board.card(signoff)
            if wrong := modals.missing(card, form, verdict):
                await ack(response_action="errors", errors=wrong)
                return
            reason, checked = form.text(modals.REASON), modals.checked(card, form)
            click = subject.click(form.id, person.id)
            await self._review(signoff, click, verdict, reason, checked)
        except Refusal as refusal:
            await self._refuse(ack, form, refusal)
            return
        await ack()
        self.desk.errands.run("home", self.home.renew(form.clicker))

    async def _review(
        self,
        before: Signoff,
        click: Click,
        verdict: Verdict,
        reason: str = "",
        checklist: tuple[str, ...] = (),
    ) -> None:
        """A click the engine has seen before is answered as before: was it counted then?"""
        click = replace(click, absent=await self.desk.absent(before))
        after = await self.desk.signoffs.review(click, verdict, reason, checklist)
        if not any(one.person == click.person for one in after.reviews):
            raise NotCounted

    async def _refuse(self, ack: AsyncAck, form: Submission, refusal: Refusal) -> None:
        """What may work in a minute leaves the form open, so that no words are lost."""
        if isinstance(refusal, ChatUnreachable) and form.blocks:
            await ack(response_action="errors", errors={form.blocks[0]: refusal.sentence})
            return
        view = modals.notice("Not recorded", refusal.sentence)
        await ack(response_action="update", view=view)

    async def _everything(self, signoff: Signoff) -> Block:
        trail = await self.desk.board.trail(signoff.id)
        return modals.details(
            self.desk.board.card(signoff, detailed=True),
            self.desk.who_may(signoff),
            [told(event, self.desk.roster) for event in trail],
        )

    async def _open(self, press: Press, view: Block) -> None:
        try:
            await self.desk.api.call(
                "views.open", within=FORM_WITHIN, trigger_id=press.place.trigger_id, view=view
            )
        except (SlackRefused, Unreachable) as problem:
            log.warning("no form: %s", problem)
            self._whisper(press, NO_FORM)

    def _whisper(self, press: Press, sentence: str) -> None:
        self.desk.errands.run("whisper", self.desk.whisper.say(press.place, sentence))

    def _renew_home(self, press: Press, person: Person) -> None:
        if press.at_home:
            self.desk.errands.run("home", self.home.renew(press.clicker))
