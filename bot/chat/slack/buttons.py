"""Which buttons does a card have, in which state?"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.chat.slack import names
from bot.chat.slack.richtext import Block, plain
from bot.chat.slack.subjects import Subject
from bot.domain.card import Card
from bot.domain.offers import Deed, Offer, in_menu, on_card
from bot.domain.spans import harmless

LABEL_AT_MOST, ID_AT_MOST = 75, 255

Button = tuple[str, str, str]
"""The name of the button, its label, and its style: "primary", "danger" or nothing."""

_NAMES: Mapping[Deed, str] = {
    Deed.APPROVE: names.APPROVE,
    Deed.STEP_UP: names.STEP_UP,
    Deed.REJECT: names.REJECT,
    Deed.DETAILS: names.DETAILS,
    Deed.CLAIM: names.CLAIM,
    Deed.RELEASE: names.RELEASE,
    Deed.TAKE_BACK: names.UNDO,
    Deed.WITHDRAW: names.WITHDRAW,
    Deed.RENEW: names.RENEW,
}
_WORDS: Mapping[Deed, str] = {
    Deed.NOTE: names.NOTE,
    Deed.INQUIRE: names.INQUIRE,
    Deed.DELEGATE: names.DELEGATE,
    Deed.SNOOZE: names.SNOOZE,
    Deed.TAKE_BACK: names.TAKE_BACK,
}
"""What Slack repeats to us of each: of a button, and of a line in a menu."""


def actions(card: Card) -> Block:
    """All buttons of a card that is open or can be asked for again.

    Each carries what a press on this card is about. A menu cannot: it is read from the buttons
    beside it, or from the row's own id, where Slack does not repeat the message.
    """
    value = _about(card).pack()
    offered = map(drawn, on_card(card))
    elements = [button(one, value, card.headline, card.decide_at) for one in offered]
    if card.open and not card.settling:
        elements.append(_menu(card))
    return {"type": "actions", "block_id": _row_id(card, value), "elements": elements}


def drawn(offer: Offer) -> Button:
    """What is offered, as a button that Slack knows."""
    return (_NAMES[offer.deed], offer.label, offer.style)


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


def _menu(card: Card) -> Block:
    """Its options carry their own names alone."""
    options = [{"text": plain(offer.label), "value": _WORDS[offer.deed]} for offer in in_menu(card)]
    return {"type": "overflow", "action_id": names.MORE, "options": options}
