"""What is everything we know of a signoff, for those who want to read it?

First how it stands and what we computed, then what the reader may do; below it what shows that AI
helped, what policy makes of it, who has to do with it and what happened; last, and said to be so,
the words of the author.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.slack.blocks import context, header, quoted
from bot.chat.slack.details.conversation import conversation, happened
from bot.chat.slack.details.evidence import doubt_button, evidence
from bot.chat.slack.details.explaining import choice, makers, may_approve, policy
from bot.chat.slack.details.offers import offered, offers
from bot.chat.slack.details.substance import substance
from bot.chat.slack.richtext import FULL, Block, plain, quote, rich_text, said, spoken, words
from bot.chat.slack.subjects import Subject
from bot.domain.card import Card
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Fact, Span, Theirs, harmless
from bot.domain.wording import ai
from bot.engine.board import Explained

LEAD = (
    "Outcome", "Pipeline", "Now", "Risk", "AI", "Who", "Why you", "Expires", "Policy", "Needs",
    "Reviews", "Since then",
)  # fmt: skip
NAMES = ("Revision", "Artifact", "Key", "Rules met", "Opened")
"""Which facts of the card stand at the top, and which where everything has its name."""

CONVERSATION = "Questions, and who passed it on"
AUTHOR_SAYS, UNCHECKED = "What the author says", "Their own words, not checked by Countersign."
AUTHOR_AT_MOST = 2500

FACT = replace(FULL, fact=3000, items=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that the details are put together from.

    `reader` is the id of whoever reads, empty for somebody the roster does not know; `may_decide`:
    a review of theirs would count now; `may_doubt`: they may take evidence away.
    """

    signoff: Signoff
    card: Card
    explained: Explained
    who_may: Sequence[str]
    trail: Sequence[Sequence[Span]]
    roster: Roster
    subject: Subject
    may_doubt: bool
    reader: str = ""
    may_decide: bool = False


def details(known: Known) -> Block:
    return {
        "type": "modal",
        "title": plain("Details"),
        "close": plain("Close"),
        "blocks": [
            header(known.card.headline, _id(known, "headline")),
            rich_text(_id(known, "facts"), *_lead(known)),
            *_part(known, "What changes", substance(known.signoff)),
            *_offered(known),
            *_part(known, "How AI was involved", evidence(known.signoff, known.roster)),
            *_doubt(known),
            *_part(known, "What policy asks", policy(known.explained)),
            *_part(known, "People", _people(known)),
            *_part(known, CONVERSATION, conversation(known.signoff, known.roster)),
            *_part(known, "What happened", happened(known.trail)),
            *_part(known, "Names and links", _facts(known.card, NAMES)),
            *_authors_words(known),
        ],
    }


def _offered(known: Known) -> list[Block]:
    """What is pressed here is about what the details show, and not about an older card."""
    shown = replace(
        known.subject, revision=known.card.revision, policy_digest=known.card.policy_digest
    )
    found = offers(known.signoff, known.card, known.reader, may_decide=known.may_decide)
    card = known.card
    return offered(found, shown, card.headline, _id(known, "offers"), card.decide_at)


def _part(known: Known, title: str, parts: Sequence[Block]) -> list[Block]:
    """Under a header of its own, by which a screen reader finds it."""
    if not parts:
        return []
    return [header(title, _id(known, f"{title}:header")), rich_text(_id(known, title), *parts)]


def _lead(known: Known) -> list[Block]:
    """What it is called and how it stands; of AI the answer alone, for its evidence comes below."""
    card = known.card
    called = Fact(label="Title", spans=quoted(card.title))
    answer = Fact(label="AI", spans=ai(known.signoff, 0))
    facts = tuple(answer if fact.label == "AI" else fact for fact in card.facts)
    return [*said(called, FACT), *_facts(replace(card, facts=facts), LEAD)]


def _facts(card: Card, labels: Sequence[str]) -> list[Block]:
    facts = {fact.label: fact for fact in card.facts}
    wanted = (facts[label] for label in labels if label in facts)
    return [part for fact in wanted for part in said(fact, FACT)]


def _doubt(known: Known) -> list[Block]:
    return [doubt_button(known.subject, _id(known, "doubt"))] if known.may_doubt else []


def _people(known: Known) -> list[Block]:
    return [
        *makers(known.signoff, known.roster),
        *may_approve(known.who_may),
        *choice(known.signoff, known.explained, known.roster),
    ]


def _authors_words(known: Known) -> list[Block]:
    """Last, so that nobody is persuaded before they have seen the facts."""
    change = known.signoff.change
    rationale = change.ai.rationale if change.ai else ""
    found = (("Description", change.description), ("Why the tool did it this way", rationale))
    parts = [part for label, text in found for part in _quotation(label, text)]
    if not parts:
        return []
    return [
        header(AUTHOR_SAYS, _id(known, "author:header")),
        context(UNCHECKED, _id(known, "unchecked")),
        rich_text(_id(known, "author"), *parts),
    ]


def _quotation(label: str, text: str) -> list[Block]:
    shown = spoken([Theirs(harmless(text, AUTHOR_AT_MOST))])
    lead = {"type": "rich_text_section", "elements": [words(label, bold=True)]}
    return [lead, quote(*shown)] if shown else []


def _id(known: Known, name: str) -> str:
    """New ids for every version, or Slack keeps what stood there."""
    return f"{name}:{known.signoff.version}"
