"""How does the message about an override look in Slack?"""

from __future__ import annotations

from bot.chat.slack.richtext import Block, rich_text, said, section, words
from bot.domain.emergency import Emergency
from bot.domain.spans import Fact, harmless

LEAD_AT_MOST = 250


def blocks_of_emergency(piece: Emergency) -> list[Block]:
    """A bold line, and what there is to know under it; nothing to press."""
    lead = section(words(harmless(piece.lead, LEAD_AT_MOST), bold=True))
    told = said(Fact(label="Why", spans=piece.spans))
    return [rich_text(f"emergency:{piece.version}", lead, *told)]
