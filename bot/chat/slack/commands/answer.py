"""What does an answer to a question look like, in private, in a channel and in a form?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto

from bot.chat.slack.blocks import MESSAGE_BUDGET, context, header
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import (
    Block,
    bullets,
    escape,
    moment,
    plain,
    rich_text,
    section,
    size,
    spoken,
    words,
)
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Ours, Span, harmless
from bot.domain.wording import line_of

SHOWN = 10
TEXT_AT_MOST = 2900
BLOCKS_AT_MOST = 48
"""Of fifty: two are kept for saying when, and for whom."""

NOT_SHARED = "Only you see this: it is about you, so it is not shared."
READ_ALONG = (
    "Only you see this: another organisation may read along here, or Slack does not say whether."
)


class Sort(Enum):
    """SAID is about the command itself, WRONG what could not be made out, OWN for the reader alone."""

    SAID = auto()
    WRONG = auto()
    OWN = auto()
    FACTS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`lead` is for notifications and screen readers, not escaped yet."""

    sort: Sort
    lead: str
    blocks: list[Block] = field(default_factory=list)


def sentence(text: str, sort: Sort = Sort.WRONG) -> Answer:
    """Words in which nothing is markup, whoever chose them."""
    kept = text.strip()[:TEXT_AT_MOST] or "…"
    block: Block = {"type": "section", "block_id": "said", "text": plain(kept)}
    return Answer(sort=sort, lead=kept, blocks=[block])


def page(lead: str, *parts: Block, sort: Sort = Sort.FACTS) -> Answer:
    """A heading, and what fits under it."""
    return Answer(sort=sort, lead=lead, blocks=_fitting([header(lead, "lead"), *parts]))


def listing(
    lead: str, lines: Sequence[Sequence[Span]], more: int = 0, *, sort: Sort = Sort.FACTS
) -> Answer:
    """One line each; `more` says how many are left out."""
    items = [spoken(line) for line in lines]
    shown = [*items, [words(f"and {more} more")]] if more > 0 else items
    return page(lead, rich_text("listed", bullets(shown)), sort=sort)


def lines_of(found: Sequence[Signoff], roster: Roster) -> list[tuple[Span, ...]]:
    """With their ids, which the next question can be about."""
    return [(*line_of(signoff, roster), Ours(f", {signoff.id}")) for signoff in found]


def message_of(
    answer: Answer,
    at: datetime,
    clicker: Clicker,
    roster: Roster,
    *,
    share: bool,
    why: str = "",
) -> Block:
    """As Slack takes it. It is never corrected later, so it says of when it is; and `why` it is not
    shared though it was to be.
    """
    shared = share and answer.sort is Sort.FACTS
    blocks = without_buttons(answer.blocks) if shared else answer.blocks
    why = why or (NOT_SHARED if share and answer.sort is Sort.OWN else "")
    own = [context(why, "not_shared")] if why else []
    asker = _asker(clicker, roster) if shared else []
    return {
        "response_type": "in_channel" if shared else "ephemeral",
        "text": escape(answer.lead),
        "blocks": [*blocks, *stamped(answer, at, asker), *own],
    }


def modal_of(answer: Answer, at: datetime) -> Block:
    """On top of the form in which it was asked; decisions are made where they are kept true."""
    return {
        "type": "modal",
        "title": plain("Sign-offs"),
        "close": plain("Back"),
        "blocks": [*without_buttons(answer.blocks), *stamped(answer, at, [])],
    }


def stamped(answer: Answer, at: datetime, asker: Sequence[Block]) -> list[Block]:
    """When it was so; what is about the command itself is so at any time."""
    if answer.sort in (Sort.SAID, Sort.WRONG):
        return []
    return [rich_text("as_of", section(words("As of "), moment(at), *asker))]


def without_buttons(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block["type"] != "actions"]


def with_more(answer: Answer, note: str) -> Answer:
    """The same answer and one line under it."""
    blocks = [*answer.blocks, context(note, "note")]
    return replace(answer, blocks=_fitting(blocks))


def _asker(clicker: Clicker, roster: Roster) -> list[Block]:
    person = roster.by_slack(clicker.user)
    who = words(harmless(person.name, 80)) if person else {"type": "user", "user_id": clicker.user}
    return [words(", asked for by "), who, words(". It stays as it was then.")]


def _fitting(blocks: list[Block]) -> list[Block]:
    """As many as one message takes; it is said where some are left out."""
    kept = blocks[:BLOCKS_AT_MOST]
    while size(kept) > MESSAGE_BUDGET - 200 and len(kept) > 2:
        kept = kept[:-1]
    if len(kept) < len(blocks):
        return [*kept[: BLOCKS_AT_MOST - 1], context("and more than fits here", "cut")]
    return kept
