"""What may somebody who reads the details do there and then?"""

from __future__ import annotations

from bot.chat.slack.buttons import Button, button, drawn
from bot.chat.slack.richtext import Block
from bot.chat.slack.subjects import Subject
from bot.domain.card import Card
from bot.domain.offers import for_reader
from bot.domain.signoff import Signoff


def offers(signoff: Signoff, card: Card, reader: str, *, may_decide: bool) -> list[Button]:
    """`reader` is the id of a person, empty for whoever the roster does not know."""
    return [drawn(it) for it in for_reader(signoff, card, reader, may_decide=may_decide)]


def offered(
    found: list[Button], subject: Subject, about: str, block_id: str, decide_at: str = ""
) -> list[Block]:
    """One row, if there is anything to offer."""
    elements = [button(one, subject.pack(), about, decide_at) for one in found]
    return [{"type": "actions", "block_id": block_id, "elements": elements}] if elements else []
