"""What happens when somebody presses a button or sends a form?

Each listener asks who it is, makes one call of the engine, and then acknowledges: an answer to
Slack means that what was pressed is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack import modals
from bot.chat.slack.desk import Desk
from bot.chat.slack.home import Home
from bot.chat.slack.presses import Press, Submission, press_of, submission_of
from bot.domain.errors import Refusal
from bot.domain.people import Person
from bot.domain.signoff import Signoff, Verdict
from bot.engine.clicks import Click

Body = dict[str, Any]

NOT_OURS = "This button is from an older card. Ask /signoff mine for what waits for you now."

RECORDED = {
    True: "Recorded: AI helped to make this revision.",
    False: "Recorded: AI did not help to make this revision.",
}


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

    async def ai_helped(self, ack: AsyncAck, body: Body) -> None:
        await self._declare(ack, press_of(body), assisted=True)

    async def ai_did_not(self, ack: AsyncAck, body: Body) -> None:
        await self._declare(ack, press_of(body), assisted=False)

    async def send_approval(self, ack: AsyncAck, body: Body) -> None:
        await self._send(ack, submission_of(body), Verdict.APPROVE)

    async def send_rejection(self, ack: AsyncAck, body: Body) -> None:
        await self._send(ack, submission_of(body), Verdict.REJECT)

    async def unknown_button(self, ack: AsyncAck, body: Body) -> None:
        self.desk.tell(press_of(body).place, NOT_OURS)
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
                await self.desk.show(press.place, modals.form(card, subject, verdict))
            else:
                await self._review(signoff, subject.click(press.id, person.id), verdict)
                self._renew_home(press, person)
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
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
            await self.desk.refuse(ack, form, refusal)
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

    async def _declare(self, ack: AsyncAck, press: Press, *, assisted: bool) -> None:
        """Answered in private, whatever comes of it."""
        try:
            person = await self.desk.person(press.clicker)
            click = press.subject().click(press.id, person.id)
            await self.desk.signoffs.declare(click, assisted=assisted)
            sentence = RECORDED[assisted]
        except Refusal as refusal:
            sentence = refusal.sentence
        self.desk.tell(press.place, sentence)
        await ack()

    def _renew_home(self, press: Press, person: Person) -> None:
        if press.at_home:
            self.desk.errands.run("home", self.home.renew(press.clicker))
