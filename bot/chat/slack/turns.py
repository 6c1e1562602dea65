"""What is a turn? Somebody pressed or sent something: who are they, what came of it, and what are
they told?

Each turn asks who it is, makes one call of the engine, and is acknowledged then: an answer to
Slack means that what was pressed is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.desk import Desk
from bot.chat.slack.haste import Haste, hurry, in_time
from bot.chat.slack.modals import notice
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import Place, Press, Submission, press_of, submission_of
from bot.chat.slack.subjects import Subject
from bot.chat.slack.whisper import DONE
from bot.domain.errors import Refusal
from bot.domain.people import Person
from bot.domain.signoff import Signoff
from bot.engine.clicks import Click


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody who may act here at this moment, and what their press is about."""

    id: str
    person: Person
    subject: Subject
    place: Place
    haste: Haste

    @property
    def click(self) -> Click:
        return self.subject.click(self.id, self.person.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How it stands `after` that, and a sentence in private where the card does not say it."""

    after: Signoff | None = None
    sentence: str = ""


class Unfinished(Exception):
    """The person can mend this in the form: why, by block."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = dict(wrong)


Body = dict[str, Any]

Act = Callable[[Turn], Coroutine[Any, Any, Done]]
Fill = Callable[[Turn, Submission], Coroutine[Any, Any, Done]]
"""What a press does, and what a form does that was sent."""

Listener = Callable[[AsyncAck, Body], Awaitable[None]]

Redraw = Callable[[str, Signoff, Subject, Clicker], Coroutine[Any, Any, None]]
"""Draws a modal anew, which shows this signoff to this reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """`redraw` is for the details that stand open where something was pressed."""

    desk: Desk
    redraw: Redraw

    def on_press(self, act: Act) -> Listener:
        async def pressed(ack: AsyncAck, body: Body) -> None:
            await self.press(ack, press_of(body), act)

        return pressed

    def on_form(self, fill: Fill) -> Listener:
        async def sent(ack: AsyncAck, body: Body) -> None:
            await self.send(ack, submission_of(body), fill)

        return sent

    async def press(self, ack: AsyncAck, press: Press, act: Act) -> None:
        turn: Turn | None = None
        try:
            turn = await self._turn(press.id, press.clicker, press.subject, lambda: press.place)
            done = await in_time(act(turn), turn.haste)
            self._after_press(press, turn, done)
        except Refusal as refusal:
            self.desk.tell(press.place, refusal.sentence)
            if turn and press.place.in_modal:
                self._draw_as_it_is(press.view, turn.subject, press.clicker)
        await ack()

    async def send(self, ack: AsyncAck, form: Submission, fill: Fill) -> None:
        turn: Turn | None = None
        try:
            turn = await self._turn(form.id, form.clicker, form.subject, form.place)
            done = await in_time(fill(turn, form), turn.haste)
        except Unfinished as unfinished:
            await self._unfinished(ack, form, unfinished.wrong)
            return
        except Refusal as refusal:
            await self.desk.refuse(ack, form, refusal)
            if turn and form.below:
                self._draw_as_it_is(form.below, turn.subject, form.clicker)
            return
        await ack()
        self._after_form(form, turn, done)

    async def _unfinished(self, ack: AsyncAck, form: Submission, wrong: Mapping[str, str]) -> None:
        """Slack takes no word about an input that the form does not have."""
        shown = {block: why for block, why in wrong.items() if block in form.blocks}
        if shown:
            await ack(response_action="errors", errors=shown)
            return
        sentence = " ".join(wrong.values())
        await ack(response_action="update", view=notice("Not recorded", sentence))

    async def _turn(
        self,
        id: str,
        clicker: Clicker,
        subject: Callable[[], Subject],
        place: Callable[[], Place],
    ) -> Turn:
        """Who it is comes first: strangers learn nothing of what a press would be about."""
        haste = hurry()
        person = await self.desk.person(clicker, haste)
        return Turn(id=id, person=person, subject=subject(), place=place(), haste=haste)

    def _after_press(self, press: Press, turn: Turn, done: Done) -> None:
        if press.place.in_modal and done.after:
            self._draw_again(press.view, done.after, turn.subject, press.clicker)
        elif done.sentence:
            self.desk.tell(press.place, done.sentence, DONE)

    def _after_form(self, form: Submission, turn: Turn, done: Done) -> None:
        if done.sentence:
            self.desk.tell(turn.place, done.sentence, DONE)
        if form.below and done.after:
            self._draw_again(form.below, done.after, turn.subject, form.clicker)

    def _draw_as_it_is(self, view: str, subject: Subject, clicker: Clicker) -> None:
        """Whoever was refused may have looked at what was not so any more."""

        async def draw() -> None:
            signoff = await self.desk.board.signoff(subject.signoff_id)
            if signoff:
                await self.redraw(view, signoff, subject, clicker)

        self.desk.errands.run("details", draw())

    def _draw_again(self, view: str, after: Signoff, subject: Subject, clicker: Clicker) -> None:
        self.desk.errands.run("details", self.redraw(view, after, subject, clicker))
