"""What happens when somebody wants to know more, or says that evidence is wrong?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.desk import Desk
from bot.chat.slack.details import evidence
from bot.chat.slack.details.details import Known, details
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import Place, press_of, submission_of
from bot.chat.slack.quick import REASON
from bot.chat.slack.richtext import Block
from bot.chat.slack.subjects import Subject
from bot.domain.errors import NoSuchFinding, Refusal
from bot.domain.signoff import Signoff
from bot.domain.telling_trail import told

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiries:
    desk: Desk

    async def details(self, ack: AsyncAck, body: Body) -> None:
        press = press_of(body)
        try:
            await self.desk.people.check_member(press.clicker)
            subject = press.subject()
            await self.open(press.place, subject, press.clicker)
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()

    async def doubt(self, ack: AsyncAck, body: Body) -> None:
        """Ask which evidence is wrong, and why. What counts is only decided when it is sent."""
        press = press_of(body)
        try:
            person = await self.desk.person(press.clicker)
            subject = press.subject()
            signoff = await self.desk.find(subject)
            if refusal := self._refusal(signoff, person.id):
                raise refusal
            found = evidence.doubtful(signoff)
            if not found:
                raise NoSuchFinding
            await self.desk.show(press.place, evidence.doubt_form(subject, found))
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
        await ack()

    async def set_aside(self, ack: AsyncAck, body: Body) -> None:
        """What lies under the form is drawn anew."""
        form = submission_of(body)
        try:
            person = await self.desk.person(form.clicker)
            subject = form.subject()
            if wrong := evidence.missing(form):
                await ack(response_action="errors", errors=wrong)
                return
            finding, reason = form.chosen(evidence.FINDING), form.text(REASON)
            click = subject.click(form.id, person.id)
            after = await self.desk.signoffs.set_aside(click, finding, reason)
        except Refusal as refusal:
            await self.desk.refuse(ack, form, refusal)
            return
        await ack()
        if form.below:
            self.desk.errands.run("details", self.renew(form.below, after, subject, form.clicker))

    async def open(self, place: Place, subject: Subject, who: Clicker) -> None:
        """Show the details of a signoff. Raises Refusal."""
        signoff = await self.desk.find(subject)
        if await self.desk.show(place, await self._everything(signoff, subject, who)):
            person = self.desk.roster.by_slack(who.user)
            self.desk.looked(signoff, person.id if person else "")

    async def renew(self, view_id: str, signoff: Signoff, subject: Subject, who: Clicker) -> None:
        """Draw details anew that somebody has open. Raises SlackRefused or Unreachable."""
        view = await self._everything(signoff, subject, who)
        await self.desk.api.call("views.update", view_id=view_id, view=view)

    async def _everything(self, signoff: Signoff, subject: Subject, clicker: Clicker) -> Block:
        board, roster = self.desk.board, self.desk.roster
        person = roster.by_slack(clicker.user)
        reader = person.id if person else ""
        may = bool(reader) and self._refusal(signoff, reader) is None
        return details(
            Known(
                signoff=signoff,
                card=board.card(signoff, detailed=True, reader=reader),
                explained=await board.explained(signoff),
                who_may=self.desk.who_may(signoff),
                trail=[
                    *(told(event, roster) for event in await board.trail(signoff.id)),
                    *await board.became(signoff.id),
                ],
                roster=roster,
                subject=subject,
                reader=reader,
                may_decide=may,
                may_doubt=may and bool(evidence.doubtful(signoff)),
            )
        )

    def _refusal(self, signoff: Signoff, person: str) -> Refusal | None:
        """Why this person may not decide on the signoff as it stands now."""
        revision, digest = signoff.change.revision, signoff.requirement.policy_digest
        return self.desk.rulebook.refusal(signoff, person, revision, digest)
