"""How do several signoffs read at a glance?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.chat.slack.blocks import actions
from bot.chat.slack.richtext import Block, bullets, rich_text, section, spoken, words
from bot.domain.card import Card
from bot.domain.people import Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Ours, Span, Theirs, duration, harmless
from bot.domain.wording import HEADLINES

TITLE_AT_MOST = 80


def where(signoff: Signoff) -> Theirs:
    change = signoff.change
    return Theirs(f"{harmless(change.repository, 60)} → {harmless(change.environment, 30)}")


def waiting(signoff: Signoff, roster: Roster, now: datetime) -> tuple[Span, ...]:
    """One line about what is not decided yet: what, who is asked, how long there is."""
    asked = ", ".join(roster.name(person) for person in signoff.asked) or "nobody"
    return (
        where(signoff),
        Ours(": "),
        _title(signoff),
        Ours(f", asked: {harmless(asked, 120)}, {_left(signoff, now)}, "),
        Ours(signoff.id),
    )


def decided(signoff: Signoff) -> tuple[Span, ...]:
    """One line about what is over."""
    return (
        Ours(f"{HEADLINES[signoff.status]}: "),
        where(signoff),
        Ours(": "),
        _title(signoff),
        Ours(f", {signoff.id}"),
    )


def listed(block_id: str, lines: Sequence[Sequence[Span]], *, more: int = 0) -> Block:
    """A bulleted list; `more` says how many are left out."""
    items = [spoken(line) for line in lines]
    if more > 0:
        items.append([words(f"and {more} more")])
    return rich_text(block_id, bullets(items))


def item(signoff: Signoff, card: Card, roster: Roster, now: datetime) -> list[Block]:
    """One that waits, with its buttons. Block ids are unique on a page of many."""
    first, *rest = waiting(signoff, roster, now)
    text = section(*spoken([first, *rest]))
    name = f"{signoff.id}:{signoff.version}"
    return [rich_text(f"item:{name}", text), actions(card, f"decide:{name}")]


def _title(signoff: Signoff) -> Theirs:
    return Theirs(f"“{harmless(signoff.change.title, TITLE_AT_MOST)}”")


def _left(signoff: Signoff, now: datetime) -> str:
    if signoff.expires_at is None:
        return "no deadline"
    if signoff.expires_at <= now:
        return "out of time"
    return f"{duration(signoff.expires_at - now)} left"
