"""How does a card look in Slack?"""

from __future__ import annotations

from collections.abc import Callable

from bot.chat.slack.buttons import actions as actions
from bot.chat.slack.buttons import can_be_pressed
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

SPOKEN = ("Risk", "Expires", "AI", "Who", "Why you", "Now")
SPOKEN_OF_OVER = ("Outcome", "Pipeline", "Now")
"""What a notification and a screen reader say of a card, after what it is called."""


def blocks_of(card: Card, *, buttons: bool = True, budget: int = MESSAGE_BUDGET) -> list[Block]:
    """The card at the greatest length that the budget allows; the same card, the same blocks."""
    for diet in DIETS:
        blocks = _blocks(card, diet, buttons=buttons)
        if size(blocks) <= budget:
            break
    return blocks


def leanest(card: Card) -> list[Block]:
    """What is left to try when Slack does not take the card as it is."""
    return _blocks(card, DIETS[-1], buttons=True)


def fallback(card: Card) -> str:
    """For notifications and screen readers: our words, and in quotes what it is called.

    What is over says how it ended, and no more: who made it and how risky it was is on the card.
    """
    wanted = SPOKEN if card.open else SPOKEN_OF_OVER
    facts = {fact.label: fact for fact in card.facts}
    rest = [_our_words(facts[label]) for label in wanted if label in facts]
    title = _in_quotes(card.title) if card.title.text else ""
    said_first = filter(None, (card.headline, title, *rest))
    return escape(". ".join(said_first)[:FALLBACK_AT_MOST])


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
    if buttons and can_be_pressed(card):
        blocks.append(actions(card))
    return blocks


def _rationale(card: Card, rationale: Theirs, diet: Diet) -> Block:
    text = Theirs(harmless(rationale.text, diet.rationale))
    return rich_text(
        f"rationale:{card.version}",
        section(words(RATIONALE, bold=True)),
        quote(*(spoken([text]) or [words("(nothing that can be shown)")])),
    )


def _footnote(card: Card, diet: Diet) -> str:
    """Its name, and where more of it is said: what is over has no button for that."""
    if diet is not FULL:
        return f"{card.signoff_id} · shortened to fit; Details and /signoff status say more"
    if not card.open:
        return f"{card.signoff_id} · /signoff status {card.signoff_id} says more"
    return card.signoff_id


def _our_words(fact: Fact) -> str:
    """What we say of it, without what others said, and without the list below; a list alone whole.

    Of a risk the first reason is said as well, and names that we do not know are quoted.
    """
    spoken_of = _in_quotes if fact.label == "Who" else _left_out
    lead, *items = "".join(_aloud(span, spoken_of) for span in fact.spans).split("\n• ")
    if fact.label == "Risk" and items:
        lead = f"{lead}: {items[0][:1].lower()}{items[0][1:]}"
    said = [lead] if lead else items
    text = "; ".join(one.rstrip(" .:;…") for one in said)
    return f"{_LEADS[fact.label]}{text}" if text else ""


_LEADS = {
    "Outcome": "",
    "Pipeline": "The pipeline ",
    "Now": "",
    "Who": "Made by ",
    "AI": "AI: ",
    "Why you": "Why you: ",
    "Risk": "Risk ",
    "Expires": "Expires ",
}


def _aloud(span: Span, spoken_of: Callable[[Theirs], str]) -> str:
    match span:
        case Ours(text=text):
            return text
        case Moment(at=at):
            return in_utc(at)
        case Theirs():
            return spoken_of(span)
        case _:
            return "…"


def _in_quotes(theirs: Theirs) -> str:
    """Nothing in it ends the quotation."""
    return f"“{theirs.text.replace('”', '’')}”"


def _left_out(_: Theirs) -> str:
    return "…"
