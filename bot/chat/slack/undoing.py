"""What happens when somebody takes back what they said or asked for, or asks for it again?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.slack.arranging_forms import withdraw_form
from bot.chat.slack.desk import Desk
from bot.chat.slack.presses import Submission
from bot.chat.slack.quick import WITHDRAWING, reason_of, wrong_reason
from bot.chat.slack.turns import Done, Turn, Unfinished
from bot.domain.errors import RunIsOver
from bot.domain.quorum import check_took_part

TAKEN_BACK = "Taken back. You may still decide."
ASKED_AGAIN = "It is asked again, as {signoff}, with the whole time it had."


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    desk: Desk

    async def take_back(self, turn: Turn) -> Done:
        """One's own review, and nobody else's."""
        after = await self.desk.signoffs.take_back(turn.click)
        return Done(after=after, sentence=TAKEN_BACK)

    async def withdraw(self, turn: Turn) -> Done:
        """Why its author does not want it any more."""
        signoff = await self.desk.find(turn.subject)
        check_took_part(signoff, turn.person.id)
        self.desk.check_still_open(signoff)
        await self.desk.show(turn.place, withdraw_form(signoff, turn.subject), turn.haste)
        return Done()

    async def withdrawn(self, turn: Turn, form: Submission) -> Done:
        if wrong := wrong_reason(form, WITHDRAWING):
            raise Unfinished(wrong)
        reason = reason_of(form, WITHDRAWING)
        return Done(after=await self.desk.signoffs.withdraw(turn.click, reason))

    async def renew(self, turn: Turn) -> Done:
        """A pipeline that ended its run could not use our yes any more."""
        signoff = await self.desk.find(turn.subject)
        check_took_part(signoff, turn.person.id)
        if not self.desk.reopens(signoff.change.connection):
            raise RunIsOver
        again = await self.desk.signoffs.renew(signoff, by=turn.person.id)
        after = await self.desk.find(turn.subject)
        return Done(after=after, sentence=ASKED_AGAIN.format(signoff=again.id))
