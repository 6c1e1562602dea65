"""What happens when somebody approves, rejects, or answers whether AI helped?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.chat.slack import modals, quick
from bot.chat.slack.desk import Desk
from bot.chat.slack.haste import Haste
from bot.chat.slack.presses import Submission
from bot.chat.slack.turns import Done, Turn, Unfinished
from bot.domain.errors import NotCounted
from bot.domain.signoff import Signoff, Verdict
from bot.engine.clicks import PRESSED, SENT, Click, Proof

RECORDED = {
    True: "Recorded: AI helped to make this revision.",
    False: "Recorded: AI did not help to make this revision.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    desk: Desk

    async def ai_helped(self, turn: Turn) -> Done:
        """Answered in private, whatever comes of it."""
        return await self._declare(turn, assisted=True)

    async def ai_did_not(self, turn: Turn) -> Done:
        return await self._declare(turn, assisted=False)

    async def approve(self, turn: Turn) -> Done:
        """At once where policy asks for nothing more, by a form where it does."""
        signoff = await self.desk.find(turn.subject)
        card = self.desk.board.card(signoff)
        if card.open and card.approve_needs_form:
            self.desk.check_worth_a_form(signoff, turn.subject, turn.person, Verdict.APPROVE)
            await self.desk.show(turn.place, modals.approval(card, turn.subject), turn.haste)
            return Done()
        return await self._review(signoff, turn.click, turn.haste, Verdict.APPROVE)

    async def step_up(self, turn: Turn) -> Done:
        """Slack has opened our page; what is decided there comes another way."""
        return Done()

    async def note(self, turn: Turn) -> Done:
        """Approve with words, though policy asks for none."""
        signoff = await self.desk.find(turn.subject)
        self.desk.check_worth_a_form(signoff, turn.subject, turn.person, Verdict.APPROVE)
        form = modals.approval(self.desk.board.card(signoff), turn.subject, note=True)
        await self.desk.show(turn.place, form, turn.haste)
        return Done()

    async def reject(self, turn: Turn) -> Done:
        signoff = await self.desk.find(turn.subject)
        self.desk.check_worth_a_form(signoff, turn.subject, turn.person, Verdict.REJECT)
        form = modals.rejection(self.desk.board.card(signoff), turn.subject)
        await self.desk.show(turn.place, form, turn.haste)
        return Done()

    async def approved(self, turn: Turn, form: Submission) -> Done:
        signoff = await self.desk.find(turn.subject)
        card = self.desk.board.card(signoff)
        if wrong := modals.missing(card, form):
            raise Unfinished(wrong)
        reason, checked = form.text(quick.REASON), modals.checked(card, form)
        return await self._review(
            signoff, turn.click, turn.haste, Verdict.APPROVE, reason, checked, SENT
        )

    async def rejected(self, turn: Turn, form: Submission) -> Done:
        signoff = await self.desk.find(turn.subject)
        if wrong := modals.missing_reason(form):
            raise Unfinished(wrong)
        reason = quick.reason_of(form, quick.REJECTING)
        return await self._review(signoff, turn.click, turn.haste, Verdict.REJECT, reason, (), SENT)

    async def _review(
        self,
        before: Signoff,
        click: Click,
        haste: Haste,
        verdict: Verdict,
        reason: str = "",
        checklist: tuple[str, ...] = (),
        proof: Proof = PRESSED,
    ) -> Done:
        """A click the engine has seen before is answered as before: does it still count?"""
        click = replace(click, absent=await self.desk.absent(before, haste))
        after = await self.desk.signoffs.review(click, verdict, reason, checklist, proof)
        if not any(one.person == click.person for one in after.reviews):
            raise NotCounted
        return Done(after=after)

    async def _declare(self, turn: Turn, *, assisted: bool) -> Done:
        after = await self.desk.signoffs.declare(turn.click, assisted=assisted)
        return Done(after=after, sentence=RECORDED[assisted])
