"""What may somebody who reads the details do there and then?"""

from __future__ import annotations

from bot.chat.slack import names
from bot.chat.slack.buttons import STEP_UP, Button, button
from bot.chat.slack.richtext import Block
from bot.chat.slack.subjects import Subject
from bot.domain.card import Card
from bot.domain.quorum import is_current
from bot.domain.signoff import Signoff, Verdict


def offers(signoff: Signoff, card: Card, reader: str, *, may_decide: bool) -> list[Button]:
    """`reader` is the id of a person, empty for whoever the roster does not know."""
    label = "Approve…" if card.approve_needs_form else "Approve"
    approve = STEP_UP if card.decide_at else (names.APPROVE, label, "primary")
    waits, theirs = not signoff.status.is_final, reader in signoff.contributors.people
    said = any(review.person == reader for review in signoff.reviews)
    over = signoff.is_over and not signoff.renewed_as
    wanted = (
        (may_decide and not _approved(signoff, reader), approve),
        (may_decide, (names.REJECT, "Reject…", "danger")),
        (waits and said, (names.UNDO, "Take my review back", "")),
        (card.claimed_by_reader, (names.RELEASE, "I am off it", "")),
        (waits and theirs, (names.WITHDRAW, "Withdraw…", "")),
        (over and theirs, (names.RENEW, "Ask again", "primary")),
    )
    return [it for there, it in wanted if there]


def offered(
    found: list[Button], subject: Subject, about: str, block_id: str, decide_at: str = ""
) -> list[Block]:
    """One row, if there is anything to offer."""
    elements = [button(one, subject.pack(), about, decide_at) for one in found]
    return [{"type": "actions", "block_id": block_id, "elements": elements}] if elements else []


def _approved(signoff: Signoff, reader: str) -> bool:
    own = [review for review in signoff.reviews if review.person == reader]
    return bool(own) and own[-1].verdict is Verdict.APPROVE and is_current(signoff, own[-1])
