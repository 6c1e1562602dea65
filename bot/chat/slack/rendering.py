"""What does each thing that hangs in Slack look like, and by which mark do we know it again?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.chat.slack.asking import blocks_of_asking, blocks_of_reply
from bot.chat.slack.blocks import blocks_of, fallback
from bot.chat.slack.emergencies import blocks_of_emergency
from bot.chat.slack.listing import blocks_of_listing
from bot.chat.slack.question import blocks_of_question, spoken_text
from bot.chat.slack.richtext import Block, escape, rich_text, section, spoken, verbatim, words
from bot.domain.card import Card
from bot.domain.emergency import Emergency
from bot.domain.notes import Alarm, Asking, Listing, Note, Question, Reply, Witness
from bot.domain.spans import harmless
from bot.ports import Surface

ALARM_AT_MOST = 1000
TAKEN_DOWN = "Taken down: this channel is shared with another organisation."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """`text` is for notifications and screen readers."""

    text: str
    blocks: list[Block]


def rendered(piece: Card | Note, at: Surface) -> Rendered:
    """Where it hangs decides whether people are named: in a conversation of two they hear anyway."""
    in_person = bool(at.user)
    match piece:
        case Card():
            return Rendered(text=fallback(piece), blocks=blocks_of(piece))
        case Question():
            blocks = blocks_of_question(piece, in_person=in_person)
            return Rendered(text=spoken_text(piece), blocks=blocks)
        case Asking():
            text = f"{piece.asker} asks about {piece.about}. {piece.closed}".rstrip(". ")
            blocks = blocks_of_asking(piece, in_person=in_person)
            return Rendered(text=escape(text), blocks=blocks)
        case Reply():
            text = f"{piece.author} answered about {piece.about}"
            blocks = blocks_of_reply(piece, in_person=in_person)
            return Rendered(text=escape(text), blocks=blocks)
        case Listing() | Alarm() | Emergency() | Witness():
            return _told(piece)
        case _:
            assert_never(piece)


def _told(piece: Listing | Alarm | Emergency | Witness) -> Rendered:
    """What reads the same wherever it hangs."""
    match piece:
        case Listing():
            return Rendered(text=escape(piece.lead), blocks=blocks_of_listing(piece))
        case Alarm():
            text = harmless(piece.text, ALARM_AT_MOST)
            block = rich_text("alarm", section(words(text)))
            return Rendered(text=escape(text), blocks=[block])
        case Emergency():
            return Rendered(text=escape(piece.lead), blocks=blocks_of_emergency(piece))
        case Witness():
            note = rich_text("witness", section(words(piece.lead)), verbatim(piece.note))
            return Rendered(text=escape(piece.lead), blocks=[note])
        case _:
            assert_never(piece)


def correction(piece: Card | Note, what: Rendered) -> Rendered:
    """For under what Slack lets nobody change any more: what it should say, and no button."""
    if not isinstance(piece, Card):
        return Rendered(text=what.text, blocks=[block for block in what.blocks if _is_said(block)])
    said = [span for fact in piece.facts if fact.label == "Outcome" for span in fact.spans]
    lead = f"This card is out of date: {piece.headline}. "
    note = rich_text(f"note:{piece.version}", section(words(lead), *spoken(said)))
    return Rendered(text=escape(lead), blocks=[note])


def taken_down() -> Rendered:
    """For where another organisation reads along by now."""
    note = rich_text("note:taken_down", section(words(TAKEN_DOWN)))
    return Rendered(text=escape(TAKEN_DOWN), blocks=[note])


def mark_of(piece: Card | Note, at: Surface) -> str:
    """The same for the same thing at the same place, in whatever version."""
    match piece:
        case Card() | Question():
            name = f"{type(piece).__name__.lower()} {piece.signoff_id}"
        case Asking() | Reply():
            name = f"{type(piece).__name__.lower()} {piece.number} {piece.signoff_id}"
        case Listing() | Alarm() | Emergency() | Witness():
            name = f"{type(piece).__name__.lower()} {piece.id}"
    return f"{name} {at}"


def _is_said(block: Block) -> bool:
    return block.get("type") != "actions"
