"""How does a list of what waits look in Slack: a reminder, the list of the day?"""

from __future__ import annotations

from bot.chat.slack.buttons import button
from bot.chat.slack.names import DETAILS
from bot.chat.slack.richtext import Block, rich_text, section, spoken, words
from bot.chat.slack.subjects import Subject
from bot.domain.notes import Line, Listing

SHOWN = 20


def blocks_of_listing(listing: Listing) -> list[Block]:
    blocks: list[Block] = [rich_text("lead", section(words(listing.lead, bold=True)))]
    for line in listing.lines[:SHOWN]:
        blocks += _line(line)
    left = max(len(listing.lines) - SHOWN, 0) + listing.more
    if left > 0:
        blocks.append(rich_text("more", section(words(f"and {left} more"))))
    return blocks


def _line(line: Line) -> list[Block]:
    said = rich_text(f"line {line.signoff_id}", section(*spoken(line.spans)))
    if not line.open:
        return [said]
    value = Subject(
        signoff_id=line.signoff_id, revision=line.revision, policy_digest=line.policy_digest
    ).pack()
    look = button((DETAILS, "Details", ""), value, line.about)
    return [
        said,
        {"type": "actions", "block_id": f"look {line.signoff_id}", "elements": [look]},
    ]
