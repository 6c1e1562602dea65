"""Which forms are there, and what do they ask?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.chat.slack.blocks import quoted
from bot.chat.slack.names import APPROVE_FORM, REJECT_FORM
from bot.chat.slack.presses import Submission
from bot.chat.slack.quick import (
    REASON,
    REASON_AT_MOST,
    REJECTING,
    choices,
    wrong_reason,
    wrong_why,
)
from bot.chat.slack.richtext import Block, plain, rich_text, said, section, spoken, words
from bot.chat.slack.subjects import Subject
from bot.domain.card import Card
from bot.domain.spans import harmless

CHECKLIST = "checklist"

POINTS_IN_A_BLOCK = 10
POINT_AT_MOST = 75

OPEN_POINTS = "Please confirm every point before you approve."

_TO_APPROVE, _TO_REJECT = ("Risk", "AI", "Changed", "Checks"), ("Risk", "Changed")
"""Of the card, what nobody decides without having it before their eyes."""

_SEEN_BY = "Everybody who sees the card can read it; the pipeline is told as well."


def approval(card: Card, subject: Subject, *, note: bool = False) -> Block:
    """Ask for what policy wants to know before it counts; `note`: for words in any case."""
    inputs = _checklist(card)
    if note or card.approve_reason:
        inputs.append(reason_input("Why is it good to go?", first=not inputs))
    about = _about(card, "You are about to let this go on: ", _TO_APPROVE)
    return _form("Approve", APPROVE_FORM, subject, [about, *inputs])


def rejection(card: Card, subject: Subject) -> Block:
    """Ask why, with the reasons one gives most often."""
    about = _about(card, "You are about to stop this: ", _TO_REJECT)
    why = choices(REJECTING, "Why not?")
    more = {**reason_input("What has to change?"), "optional": True}
    return _form("Reject", REJECT_FORM, subject, [about, why, more])


def missing(card: Card, form: Submission) -> dict[str, str]:
    """What the person can mend before it is an approval, by block; the engine judges the rest."""
    wrong = wrong_why(form) if REASON in form.blocks else {}
    for block, points in _groups(card.checklist):
        if block in form.blocks and len(set(form.ticked(block))) < len(points):
            wrong[block] = OPEN_POINTS
    return wrong


def missing_reason(form: Submission) -> dict[str, str]:
    """What the person can mend before it is a rejection, by block."""
    return wrong_reason(form, REJECTING)


def checked(card: Card, submission: Submission) -> tuple[str, ...]:
    """The points that were ticked, as policy words them."""
    ticked = {name for block, _ in _groups(card.checklist) for name in submission.ticked(block)}
    return tuple(point for index, point in enumerate(card.checklist) if str(index) in ticked)


def notice(title: str, sentence: str) -> Block:
    """A modal that only says something."""
    text = sentence.strip()[:2900] or "…"
    return {
        "type": "modal",
        "title": plain(title[:24]),
        "close": plain("Close"),
        "blocks": [{"type": "section", "text": plain(text)}],
    }


def reason_input(label: str, hint: str = _SEEN_BY, *, first: bool = False) -> Block:
    """Words in a form. Slack jumps to what has the focus, so only the `first` input may have it."""
    return {
        "type": "input",
        "block_id": REASON,
        "label": plain(label),
        "hint": plain(hint),
        "element": {
            "type": "plain_text_input",
            "action_id": REASON,
            "multiline": True,
            "max_length": REASON_AT_MOST,
            "focus_on_load": first,
        },
    }


def _form(title: str, callback_id: str, subject: Subject, blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": subject.pack(),
        "title": plain(title),
        "submit": plain(title),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def _about(card: Card, what: str, labels: Sequence[str]) -> Block:
    """What it is, and the facts under these labels."""
    facts = {fact.label: fact for fact in card.facts}
    return rich_text(
        "about",
        section(words(what), words(card.headline.partition(": ")[2] or card.headline, bold=True)),
        section(words("Title  ", bold=True), *spoken(quoted(card.title))),
        *(part for label in labels if label in facts for part in said(facts[label])),
    )


def _checklist(card: Card) -> list[Block]:
    blocks: list[Block] = []
    for block, points in _groups(card.checklist):
        blocks += [*_in_full(block, points), _points(block, points)]
    return blocks


def _in_full(block: str, points: Sequence[tuple[int, str]]) -> Iterable[Block]:
    """Points too long for a checkbox are written out above it."""
    long = [(index, point) for index, point in points if _is_long(index, point)]
    if long:
        lines = [section(words(f"{index + 1}. {harmless(point, 1000)}")) for index, point in long]
        yield rich_text(f"{block} in full", section(words("In full:", bold=True)), *lines)


def _points(block: str, points: Sequence[tuple[int, str]]) -> Block:
    options = [
        {"text": plain(harmless(_point(index, point), POINT_AT_MOST)), "value": str(index)}
        for index, point in points
    ]
    return {
        "type": "input",
        "block_id": block,
        "label": plain("I have checked that"),
        "element": {"type": "checkboxes", "action_id": block, "options": options},
    }


def _point(index: int, point: str) -> str:
    return f"Point {index + 1}: {point}" if _is_long(index, point) else f"{index + 1}. {point}"


def _is_long(index: int, point: str) -> bool:
    """Whether it has no room beside a checkbox."""
    return len(f"{index + 1}. {point}") > POINT_AT_MOST


def _groups(checklist: Sequence[str]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Slack takes ten checkboxes at a time."""
    points = list(enumerate(checklist))
    starts = range(0, len(points), POINTS_IN_A_BLOCK)
    return [(f"{CHECKLIST}{i}", points[i : i + POINTS_IN_A_BLOCK]) for i in starts]
