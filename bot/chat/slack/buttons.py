"""Which buttons does a card have, in which state?"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.chat.slack import names
from bot.chat.slack.richtext import Block, plain
from bot.chat.slack.subjects import Subject
from bot.domain.card import Card
from bot.domain.spans import harmless

LABEL_AT_MOST, ID_AT_MOST = 75, 255

Button = tuple[str, str, str]
"""The name of the button, its label, and its style: "primary", "danger" or nothing."""

_APPROVE: Button = (names.APPROVE, "Approve", "primary")
_APPROVE_BY_FORM: Button = (names.APPROVE, "Approve…", "primary")
STEP_UP: Button = (names.STEP_UP, "Approve at Countersign…", "primary")
"""Where a press proves too little: a link to our own page."""

_REJECT: Button = (names.REJECT, "Reject…", "danger")
_DETAILS: Button = (names.DETAILS, "Details", "")
_CLAIM: Button = (names.CLAIM, "I am on it", "")
_RELEASE: Button = (names.RELEASE, "I am off it", "")
_UNDO: Button = (names.UNDO, "Undo", "")
_RENEW: Button = (names.RENEW, "Ask again", "")
_RENEW_FIRST: Button = (names.RENEW, "Ask again", "primary")


def actions(card: Card) -> Block:
    """All buttons of a card that is open or can be asked for again.

    Each carries what a press on this card is about. A menu cannot: it is read from the buttons
    beside it, or from the row's own id, where Slack does not repeat the message.
    """
    value = _about(card).pack()
    elements = [button(one, value, card.headline, card.decide_at) for one in _buttons(card)]
    if card.open and not card.settling:
        elements.append(_menu(card))
    return {"type": "actions", "block_id": _row_id(card, value), "elements": elements}


def can_be_pressed(card: Card) -> bool:
    """Whether it has any button at all."""
    return card.open or card.renewable


def button(said: Button, value: str, about: str, decide_at: str = "") -> Block:
    """With words that tell a screen reader which of many it is; the link alone leads there."""
    action_id, label, style = said
    named = {
        "type": "button",
        "action_id": action_id,
        "text": plain(label),
        "value": value,
        "accessibility_label": harmless(f"{label}: {about}", LABEL_AT_MOST),
    }
    if action_id == names.STEP_UP:
        named["url"] = decide_at
    return {**named, "style": style} if style else named


def _about(card: Card) -> Subject:
    return Subject(
        signoff_id=card.signoff_id, revision=card.revision, policy_digest=card.policy_digest
    )


def _row_id(card: Card, value: str) -> str:
    """It can be read like a button, and holds the version: Slack wants new ids for what is new."""
    row = json.dumps({**json.loads(value), "v": card.version}, separators=(",", ":"))
    return row if len(row) <= ID_AT_MOST else f"{card.signoff_id}:{card.version}"


def _buttons(card: Card) -> Sequence[Button]:
    if not card.open:
        return (_RENEW_FIRST if card.had_part else _RENEW,)
    if card.settling:
        return (_UNDO, _REJECT, _DETAILS)
    approve = _APPROVE_BY_FORM if card.approve_needs_form else _APPROVE
    if card.decide_at:
        approve = STEP_UP
    return (approve, _REJECT, _DETAILS, _RELEASE if card.claimed_by_reader else _CLAIM)


def _menu(card: Card) -> Block:
    """What is wanted less often. Its options carry their own names alone."""
    by_click = not (card.approve_needs_form or card.decide_at)
    wanted = (
        (by_click, names.NOTE, "Approve with a note…"),
        (True, names.INQUIRE, "Ask the author…"),
        (True, names.DELEGATE, "Pass it on…"),
        (True, names.SNOOZE, "Remind me later…"),
        (card.reviewed, names.TAKE_BACK, "Take my review back"),
    )
    options = [{"text": plain(label), "value": name} for there, name, label in wanted if there]
    return {"type": "overflow", "action_id": names.MORE, "options": options}
