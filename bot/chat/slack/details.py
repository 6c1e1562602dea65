"""What is everything we know of a signoff, for those who want to read it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.slack.blocks import blocks_of
from bot.chat.slack.evidence import doubt_button, evidence
from bot.chat.slack.explaining import choice, policy
from bot.chat.slack.presses import Subject
from bot.chat.slack.richtext import Block, plain, rich_text, section, spoken, within, words
from bot.domain.card import Card
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Fact, Span, harmless
from bot.engine.board import Explained

CARD_BUDGET = 18_000
TRAIL_BUDGET = 8_000
"""Characters; a whole view may have 250,000 bytes, and a character up to four."""

TRAIL_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that the details are put together from; `may_doubt`: the reader may take evidence away."""

    signoff: Signoff
    card: Card
    explained: Explained
    who_may: Sequence[str]
    trail: Sequence[Sequence[Span]]
    roster: Roster
    subject: Subject
    may_doubt: bool


def details(known: Known) -> Block:
    version = known.signoff.version
    button = doubt_button(known.subject, f"doubt:{version}")
    asked = choice(known.signoff, known.explained, known.roster)
    return {
        "type": "modal",
        "title": plain("Details"),
        "close": plain("Close"),
        "blocks": [
            *blocks_of(_without_evidence(known.card), buttons=False, budget=CARD_BUDGET),
            rich_text(f"evidence:{version}", *evidence(known.signoff, known.roster)),
            *([button] if known.may_doubt else []),
            rich_text(f"policy:{version}", *policy(known.explained)),
            rich_text(f"people:{version}", *_may(known.who_may), *asked),
            rich_text(f"trail:{version}", *_happened(known.trail)),
        ],
    }


def _without_evidence(card: Card) -> Card:
    """Only what it comes to: the findings have a part of their own."""
    facts = (_answer(fact) if fact.label == "AI" else fact for fact in card.facts)
    return replace(card, facts=tuple(facts))


def _answer(fact: Fact) -> Fact:
    return replace(fact, spans=fact.spans[:1])


def _may(names: Sequence[str]) -> list[Block]:
    said = ", ".join(names) or "Nobody in the roster"
    return [section(words("May approve  ", bold=True), words(harmless(said, 1500)))]


def _happened(trail: Sequence[Sequence[Span]]) -> list[Block]:
    """The newest steps, under the numbers they have in the whole trail."""
    first = max(len(trail) - TRAIL_SHOWN, 0)
    steps: Block = {
        "type": "rich_text_list",
        "style": "ordered",
        "offset": first,
        "elements": within([section(*spoken(step)) for step in trail[first:]], TRAIL_BUDGET),
    }
    return [section(words("What happened", bold=True)), steps]
