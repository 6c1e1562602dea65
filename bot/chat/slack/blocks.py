"""How does a card look in Slack?"""

from __future__ import annotations

import json

from bot.chat.slack.richtext import (
    FULL,
    Block,
    Diet,
    escape,
    in_utc,
    plain,
    quote,
    rich_text,
    said,
    section,
    size,
    spoken,
    words,
)
from bot.domain.card import Card
from bot.domain.spans import Fact, Moment, Ours, Span, Theirs, harmless

APPROVE, REJECT, DETAILS = "signoff_approve", "signoff_reject", "signoff_details"

MESSAGE_BUDGET = 11_000
"""Characters in one message; beyond some 13,000 Slack refuses it."""

FALLBACK_AT_MOST = 600
RATIONALE = "In the author's own words (not checked by Countersign)"

DIETS = (
    FULL,
    Diet(span=300, fact=1200, items=5, rationale=300),
    Diet(span=160, fact=500, items=3, rationale=100),
    Diet(span=80, fact=90, items=1, rationale=0),
)
"""From everything to what surely fits, whatever is in it."""


def blocks_of(card: Card, *, buttons: bool = True, budget: int = MESSAGE_BUDGET) -> list[Block]:
    """The card at the greatest length that the budget allows; the same card, the same blocks."""
    for diet in DIETS:
        blocks = _blocks(card, diet, buttons=buttons and card.open)
        if size(blocks) <= budget:
            break
    return blocks


def leanest(card: Card) -> list[Block]:
    """What is left to try when Slack does not take the card as it is."""
    return _blocks(card, DIETS[-1], buttons=card.open)


def fallback(card: Card) -> str:
    """For notifications and screen readers: our words, and the escaped headline."""
    rest = [
        _our_words(fact) for fact in card.facts if fact.label in ("Outcome", "Needs", "Expires")
    ]
    return escape(". ".join([card.headline, *filter(None, rest)])[:FALLBACK_AT_MOST])


def actions(card: Card, block_id: str) -> Block:
    """The three buttons; each carries what a press on this card is about."""
    value = json.dumps(
        {
            "s": card.signoff_id,
            "r": card.revision,
            "p": card.policy_digest,
            "v": card.version,
        },
        separators=(",", ":"),
    )
    approve = {**_button(APPROVE, "Approve", card, value), "style": "primary"}
    reject = {**_button(REJECT, "Reject", card, value), "style": "danger"}
    elements = [approve, reject, _button(DETAILS, "Details", card, value)]
    return {"type": "actions", "block_id": block_id, "elements": elements}


def quoted(title: Theirs) -> tuple[Span, ...]:
    """A title in quotation marks: whatever it says, it is not we who say it."""
    return (Ours("“"), title, Ours("”"))


def header(text: str, block_id: str) -> Block:
    return {"type": "header", "block_id": block_id, "text": plain(harmless(text, 150))}


def context(text: str, block_id: str) -> Block:
    return {"type": "context", "block_id": block_id, "elements": [plain(harmless(text, 1000))]}


def _blocks(card: Card, diet: Diet, *, buttons: bool) -> list[Block]:
    """New ids for every version, or Slack keeps what a person has begun to fill in."""
    title = Fact(label="Title", spans=quoted(card.title))
    parts = [part for fact in (title, *card.facts) for part in said(fact, diet)]
    blocks = [
        header(card.headline, f"headline:{card.version}"),
        rich_text(f"facts:{card.version}", *parts),
    ]
    if card.rationale and diet.rationale:
        blocks.append(_rationale(card, card.rationale, diet))
    blocks.append(context(_footnote(card, diet), f"id:{card.version}"))
    return [*blocks, actions(card, f"decide:{card.version}")] if buttons else blocks


def _rationale(card: Card, rationale: Theirs, diet: Diet) -> Block:
    text = Theirs(harmless(rationale.text, diet.rationale))
    return rich_text(
        f"rationale:{card.version}",
        section(words(RATIONALE, bold=True)),
        quote(*(spoken([text]) or [words("(nothing that can be shown)")])),
    )


def _footnote(card: Card, diet: Diet) -> str:
    shortened = "" if diet is FULL else " · shortened to fit; Details and /signoff status say more"
    return f"{card.signoff_id}{shortened}"


def _button(action_id: str, label: str, card: Card, value: str) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(label),
        "value": value,
        "accessibility_label": harmless(f"{label}: {card.headline}", 75),
    }


def _our_words(fact: Fact) -> str:
    said = [
        span.text if isinstance(span, Ours) else in_utc(span.at)
        for span in fact.spans
        if isinstance(span, Ours | Moment)
    ]
    text = "".join(said).strip().rstrip(".:")
    return f"Expires {text}" if fact.label == "Expires" else text
