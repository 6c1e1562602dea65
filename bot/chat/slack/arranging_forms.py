"""Which forms are there for what reviewers arrange, and what do they ask?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.chat.slack.modals import reason_input
from bot.chat.slack.names import (
    ANSWER_FORM,
    DELEGATE_FORM,
    INQUIRY_FORM,
    SNOOZE_FORM,
    WITHDRAW_FORM,
)
from bot.chat.slack.quick import WITHDRAWING, choices
from bot.chat.slack.richtext import Block, plain, quote, rich_text, section, spoken, words
from bot.chat.slack.subjects import Subject
from bot.domain.notes import makers
from bot.domain.people import Person, Roster
from bot.domain.signoff import Inquiry, Signoff
from bot.domain.spans import Ours, Theirs, harmless

TO, UNTIL = "to", "until"

OFFERED_AT_MOST, OPTION_AT_MOST, VALUE_AT_MOST = 100, 75, 150

_DELEGATE_HINT = "They read it, with your name. It stays on record, for everybody who looks at it."
_QUESTION_HINT = "Everybody who sees the card can read it, and the answer as well."
_ANSWER_HINT = "Everybody who sees the card can read it."
_WITHDRAW_HINT = "The pipeline is stopped. Everybody who sees the card can read why."


def delegate_form(signoff: Signoff, subject: Subject, others: Sequence[Person]) -> Block:
    """Whom to ask instead, and why; `others` may be asked, and are not none."""
    names = Counter(person.name for person in others)
    options = [
        {
            "text": plain(harmless(_called(person, names), OPTION_AT_MOST)),
            "value": person.id,
            "description": plain(harmless(person.level, OPTION_AT_MOST)),
        }
        for person in others
        if len(person.id) <= VALUE_AT_MOST
    ]
    select = {
        "type": "static_select",
        "action_id": TO,
        "options": options[:OFFERED_AT_MOST],
        "placeholder": plain("Choose somebody"),
    }
    what = "Somebody else is asked in your place. You may still decide yourself."
    inputs = [_input(TO, "Who should look at it?", select)]
    left = len(options) - OFFERED_AT_MOST
    if left > 0:
        inputs[0]["hint"] = plain(f"{left} more may review it, and have no room in this list.")
    inputs.append(reason_input("Why they, and not you?", _DELEGATE_HINT))
    return _form("Pass it on", "Pass on", DELEGATE_FORM, subject, [_about(signoff, what), *inputs])


def inquiry_form(signoff: Signoff, subject: Subject, roster: Roster) -> Block:
    """What a reviewer wants to know."""
    names = ", ".join(person.name for person in makers(signoff, roster))
    reach = (
        f"{harmless(names, 300)} will read it as a direct message."
        if names
        else "Countersign does not know its author in Slack: it stands in the thread of the card alone."
    )
    question = reason_input("What do you want to know?", _QUESTION_HINT, first=True)
    return _form("Ask the author", "Ask", INQUIRY_FORM, subject, [_about(signoff, reach), question])


def answer_form(signoff: Signoff, subject: Subject, asked: Inquiry, roster: Roster) -> Block:
    """The question once more, and room for the answer."""
    lead = f"{harmless(roster.name(asked.by), 80)} asks:"
    shown = spoken([Theirs(harmless(asked.question, 1500))]) or [words("…")]
    question = rich_text("question", section(words(lead)), quote(*shown))
    answer = reason_input("Your answer", _ANSWER_HINT, first=True)
    return _form("Answer", "Answer", ANSWER_FORM, subject, [_about(signoff, ""), question, answer])


def snooze_form(signoff: Signoff, subject: Subject, offered: Sequence[tuple[str, str]]) -> Block:
    """When to be reminded; `offered` are values, and how they read."""
    options = [{"text": plain(label), "value": value} for value, label in offered]
    radio = {
        "type": "radio_buttons",
        "action_id": UNTIL,
        "options": options,
        "initial_option": options[0],
    }
    what = "You are not reminded of it before then. Others are, and its time goes on."
    remind = _input(UNTIL, "Remind me", radio)
    return _form("Remind me later", "Save", SNOOZE_FORM, subject, [_about(signoff, what), remind])


def withdraw_form(signoff: Signoff, subject: Subject) -> Block:
    """Why its author does not want it any more."""
    more = {**reason_input("In your own words", _WITHDRAW_HINT), "optional": True}
    about = _about(signoff, "You are about to withdraw this. Nobody is asked about it any more.")
    why = choices(WITHDRAWING, "Why?")
    return _form("Withdraw", "Withdraw", WITHDRAW_FORM, subject, [about, why, more])


def _called(person: Person, names: Counter[str]) -> str:
    return person.name if names[person.name] == 1 else f"{person.name} ({person.id})"


def _about(signoff: Signoff, what: str) -> Block:
    change = signoff.change
    where = f"{harmless(change.repository, 60)} → {harmless(change.environment, 30)}"
    title = Theirs(f"“{harmless(change.title, 200)}”")
    parts = [section(*spoken([Theirs(where), Ours(": "), title]))]
    return rich_text("about", *parts, *([section(words(what))] if what else []))


def _input(block_id: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def _form(
    title: str, submit: str, callback_id: str, subject: Subject, blocks: Sequence[Block]
) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": subject.pack(),
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "blocks": list(blocks),
    }
