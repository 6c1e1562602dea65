"""What happens when reviewers arrange among themselves, and with the author, who looks at it?"""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.slack import arranging_forms as forms
from bot.chat.slack.desk import Desk
from bot.chat.slack.presses import Submission
from bot.chat.slack.quick import REASON, wrong_text, wrong_why
from bot.chat.slack.turns import Done, Turn, Unfinished
from bot.domain.arranging import (
    check_may_be_asked,
    check_room_for_question,
    question_to_answer,
)
from bot.domain.errors import NobodyElse, Refusal
from bot.domain.people import Person
from bot.domain.quorum import check_took_part
from bot.domain.signoff import Signoff

ASKED = "Your question is on its way. The answer will stand below the card."
ANSWERED = "Your answer is recorded, and on its way to whoever asked."
PASSED_ON = "{name} is asked now, and you are not any more. You may still decide yourself."

NO_CHOICE = "Please choose who should look at it."
NO_QUESTION = "Please write what you want to know."
NO_ANSWER = "Please write an answer."
HAS_LEFT = "{name} is no full member of this workspace any more. Please choose somebody else."


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranging:
    desk: Desk

    async def claim(self, turn: Turn) -> Done:
        """I am on it: the card says so to everybody."""
        return Done(after=await self.desk.signoffs.claim(turn.click))

    async def release(self, turn: Turn) -> Done:
        return Done(after=await self.desk.signoffs.release(turn.click))

    async def delegate(self, turn: Turn) -> Done:
        """To whom, and why."""
        signoff = await self.desk.find(turn.subject)
        self.desk.check_may_take_part(signoff, turn.person)
        others = self._others(signoff, turn.person)
        if not others:
            raise NobodyElse
        form = forms.delegate_form(signoff, turn.subject, others)
        await self.desk.show(turn.place, form, turn.haste)
        return Done()

    async def inquire(self, turn: Turn) -> Done:
        """What one wants to know of the author."""
        signoff = await self.desk.find(turn.subject)
        self.desk.check_may_take_part(signoff, turn.person)
        check_room_for_question(signoff)
        form = forms.inquiry_form(signoff, turn.subject, self.desk.roster)
        await self.desk.show(turn.place, form, turn.haste)
        return Done()

    async def answer(self, turn: Turn) -> Done:
        """What the author has to say to it."""
        signoff = await self.desk.find(turn.subject)
        check_took_part(signoff, turn.person.id)
        self.desk.check_still_open(signoff)
        asked = question_to_answer(signoff, turn.subject.number)
        form = forms.answer_form(signoff, turn.subject, asked, self.desk.roster)
        await self.desk.show(turn.place, form, turn.haste)
        return Done()

    async def delegated(self, turn: Turn, form: Submission) -> Done:
        to, reason = form.chosen(forms.TO), form.text(REASON)
        wrong = {} if to else {forms.TO: NO_CHOICE}
        if wrong := {**wrong, **wrong_why(form)}:
            raise Unfinished(wrong)
        await self._check_is_there(turn, to)
        after = await self.desk.signoffs.delegate(turn.click, to, reason)
        return Done(after=after, sentence=PASSED_ON.format(name=self.desk.roster.name(to)))

    async def inquired(self, turn: Turn, form: Submission) -> Done:
        if wrong := wrong_text(form, NO_QUESTION):
            raise Unfinished(wrong)
        after = await self.desk.signoffs.inquire(turn.click, form.text(REASON))
        return Done(after=after, sentence=ASKED)

    async def answered(self, turn: Turn, form: Submission) -> Done:
        if wrong := wrong_text(form, NO_ANSWER):
            raise Unfinished(wrong)
        number, said = turn.subject.number, form.text(REASON)
        after = await self.desk.signoffs.answer(turn.click, number, said)
        return Done(after=after, sentence=ANSWERED)

    def _others(self, signoff: Signoff, person: Person) -> list[Person]:
        """Who could be asked instead: whom we can reach, and who has not reviewed it."""
        return sorted(
            (
                other
                for other in self.desk.rulebook.who_may(signoff)
                if other.id != person.id and other.slack and self._may_be_asked(signoff, other)
            ),
            key=lambda other: (other.name.casefold(), other.id),
        )

    def _may_be_asked(self, signoff: Signoff, person: Person) -> bool:
        try:
            check_may_be_asked(signoff, person.id, self.desk.roster.standing(person.id))
        except Refusal:
            return False
        return True

    async def _check_is_there(self, turn: Turn, to: str) -> None:
        """Whoever left the workspace cannot be asked. That they may review, the engine judges."""
        person = self.desk.roster.people.get(to)
        if person and not await self.desk.people.is_member(person.slack, turn.haste):
            raise Unfinished({forms.TO: HAS_LEFT.format(name=person.name)})
