"""What happens when somebody uses a shortcut, wherever they are in Slack?"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.commands.answer import Sort, modal_of
from bot.chat.slack.commands.answers import Answers
from bot.chat.slack.commands.help import TOPICS
from bot.chat.slack.commands.words import Wish
from bot.chat.slack.desk import Desk
from bot.chat.slack.lists import subject_of
from bot.chat.slack.names import ASK_FORM
from bot.chat.slack.people import Clicker
from bot.chat.slack.presses import Place, Submission, clicker_of, submission_of
from bot.chat.slack.richtext import Block, plain
from bot.chat.slack.subjects import GarbledCard, Subject, unpack
from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff

Body = dict[str, Any]
Open = Callable[[Place, Subject, Clicker], Awaitable[None]]
"""Shows the details of a signoff to a person. Raises Refusal."""

WHAT, ABOUT = "what", "about"
ASKED = ("mine", "status", "queue", "explain", "who", "history", "metrics")
ABOUT_AT_MOST, LABEL_AT_MOST = 300, 75

_ID = re.compile(r"\bsgn_[a-z0-9]{1,60}\b")
_LOOKED_AT = 20


class NoSignoffHere(Refusal):
    """This message is about no sign-off that I know."""


class SeveralHere(Refusal):
    """This message names several sign-offs. Press Details at the one you mean, or ask /signoff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcuts:
    desk: Desk
    answers: Answers
    open: Open

    async def ask(self, ack: AsyncAck, body: Body) -> None:
        """The form in which one can ask what `/signoff` would be asked."""
        clicker, place = clicker_of(body), place_of(body)
        try:
            await self.desk.people.check_member(clicker)
            await self.desk.show(place, ask_form())
        except Refusal as refusal:
            self.desk.tell(place, refusal.sentence)
        await ack()

    async def answer(self, ack: AsyncAck, body: Body) -> None:
        """On top of the form, so that the next question is one step back."""
        form = submission_of(body)
        try:
            answer = await self.answers.to(form.clicker, wish_of(form))
        except Refusal as refusal:
            await ack(response_action="errors", errors={ABOUT: refusal.sentence})
            return
        if answer.sort is Sort.WRONG:
            await ack(response_action="errors", errors={ABOUT: answer.lead})
            return
        await ack(response_action="push", view=modal_of(answer, self.desk.clock()))

    async def about(self, ack: AsyncAck, body: Body) -> None:
        """The details of the signoff that a message is about."""
        clicker, place = clicker_of(body), place_of(body)
        try:
            await self.desk.people.check_member(clicker)
            signoff = await self._meant(body.get("message"))
            await self.open(place, subject_of(signoff), clicker)
        except Refusal as refusal:
            self.desk.tell(place, refusal.sentence)
        await ack()

    async def _meant(self, message: object) -> Signoff:
        """The first way of telling that names any signoff we know has to name one alone."""
        for ids in (pressed_ids(message), noted_ids(message), written_ids(message)):
            asked = list(dict.fromkeys(ids))[:_LOOKED_AT]
            found = [await self.desk.board.signoff(it) for it in asked]
            known = [signoff for signoff in found if signoff]
            if len(known) > 1:
                raise SeveralHere
            if known:
                return known[0]
        raise NoSignoffHere


def ask_form() -> Block:
    options = [_option(verb) for verb in ASKED]
    return {
        "type": "modal",
        "callback_id": ASK_FORM,
        "title": plain("Sign-offs"),
        "submit": plain("Ask"),
        "close": plain("Close"),
        "blocks": [
            {
                "type": "input",
                "block_id": WHAT,
                "label": plain("What do you want to know?"),
                "element": {
                    "type": "static_select",
                    "action_id": WHAT,
                    "options": options,
                    "initial_option": options[0],
                },
            },
            {
                "type": "input",
                "block_id": ABOUT,
                "label": plain("About which"),
                "hint": plain(
                    "The ID or the key of a sign-off, or the name of a group. "
                    "For figures also since when, as in: payments-seniors since 7d"
                ),
                "optional": True,
                "element": {
                    "type": "plain_text_input",
                    "action_id": ABOUT,
                    "max_length": ABOUT_AT_MOST,
                },
            },
        ],
    }


def wish_of(form: Submission) -> Wish:
    verb = form.chosen(WHAT)
    about = form.text(ABOUT)
    return Wish(verb=verb if verb in ASKED else "", rest=about, said=about)


def place_of(body: Mapping[str, Any]) -> Place:
    """Where the person can be told something; a shortcut in the search bar is nowhere."""
    channel, message = body.get("channel"), body.get("message")
    return Place(
        user=clicker_of(body).user,
        channel=_text(channel, "id"),
        thread=_text(message, "thread_ts"),
        response_url=_text(body, "response_url"),
        trigger_id=_text(body, "trigger_id"),
    )


def pressed_ids(message: object) -> Iterator[str]:
    """What the message's own buttons are about."""
    for part in _parts(message):
        value = part.get("value")
        if part.get("type") == "button" and isinstance(value, str):
            try:
                yield unpack(value, None).signoff_id
            except GarbledCard:
                continue


def noted_ids(message: object) -> Iterator[str]:
    """What stands in its small print, where a card names itself."""
    notes = (part for part in _parts(message) if part.get("type") == "context")
    yield from (found for note in notes for found in _named(_texts(note)))


def written_ids(message: object) -> Iterator[str]:
    """What it names anywhere."""
    yield from _named(_texts(message))


def _named(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _ID.findall(text[:20_000])


def _texts(node: object) -> Iterator[str]:
    for part in _parts(node):
        yield from (value for value in part.values() if isinstance(value, str))


def _parts(node: object) -> Iterator[Mapping[str, Any]]:
    """Every object in it, from top to bottom, however deep."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(reversed(list(part.values())))
        elif isinstance(part, list):
            waiting.extend(reversed(part))


def _option(verb: str) -> Block:
    line = TOPICS[verb].line
    label = f"{verb}: {line}"
    shown = label if len(label) <= LABEL_AT_MOST else f"{label[: LABEL_AT_MOST - 1]}…"
    return {"text": plain(shown), "value": verb}


def _text(body: object, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
