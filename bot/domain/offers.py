"""What may somebody do with a sign-off now? The same offers, in the same words, wherever they see it.

A chat and a page only draw what is offered here. Whether it then counts is decided when it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.domain.card import Card
from bot.domain.quorum import is_current
from bot.domain.signoff import Signoff, Verdict


class Deed(StrEnum):
    APPROVE = "approve"
    STEP_UP = "step_up"
    """Approve with one's own security key, which only a page of ours can ask for."""

    NOTE = "note"
    """Approve with words, though policy asks for none."""

    REJECT = "reject"
    DETAILS = "details"
    CLAIM = "claim"
    RELEASE = "release"
    TAKE_BACK = "take_back"
    INQUIRE = "inquire"
    DELEGATE = "delegate"
    SNOOZE = "snooze"
    WITHDRAW = "withdraw"
    RENEW = "renew"


Style = Literal["", "primary", "danger"]


@dataclass(frozen=True, slots=True)
class Offer:
    """`label` ends in "…" where more is asked first."""

    deed: Deed
    label: str
    style: Style = ""


REJECT = Offer(Deed.REJECT, "Reject…", "danger")
CLAIM, RELEASE = Offer(Deed.CLAIM, "I am on it"), Offer(Deed.RELEASE, "I am off it")
TAKE_BACK = Offer(Deed.TAKE_BACK, "Take my review back")
INQUIRE, DELEGATE = Offer(Deed.INQUIRE, "Ask the author…"), Offer(Deed.DELEGATE, "Pass it on…")
RENEW = Offer(Deed.RENEW, "Ask again", "primary")


def on_card(card: Card) -> tuple[Offer, ...]:
    """In a row below a card, which others may read as well."""
    if not card.open:
        return (RENEW if card.had_part else Offer(Deed.RENEW, "Ask again"),)
    details = Offer(Deed.DETAILS, "Details")
    if card.settling:
        return (Offer(Deed.TAKE_BACK, "Undo"), REJECT, details)
    return (_approve(card), REJECT, details, RELEASE if card.claimed_by_reader else CLAIM)


def in_menu(card: Card) -> tuple[Offer, ...]:
    """What is wanted less often."""
    by_click = not (card.approve_needs_form or card.decide_at)
    wanted = (
        (by_click, Offer(Deed.NOTE, "Approve with a note…")),
        (True, INQUIRE),
        (True, DELEGATE),
        (True, Offer(Deed.SNOOZE, "Remind me later…")),
        (card.reviewed, TAKE_BACK),
    )
    return tuple(offer for there, offer in wanted if there)


def for_reader(signoff: Signoff, card: Card, reader: str, *, may_decide: bool) -> tuple[Offer, ...]:
    """In the details, which one person alone reads. `reader` is their id, empty for whoever the
    roster does not know; `may_decide`: a review of theirs would count now.
    """
    waits, theirs = not signoff.status.is_final, reader in signoff.contributors.people
    said = any(review.person == reader for review in signoff.reviews)
    over = signoff.is_over and not signoff.renewed_as
    wanted = (
        (may_decide and not _approved(signoff, reader), _approve(card)),
        (may_decide, REJECT),
        (waits and said, TAKE_BACK),
        (card.claimed_by_reader, RELEASE),
        (waits and theirs, Offer(Deed.WITHDRAW, "Withdraw…")),
        (over and theirs, RENEW),
    )
    return tuple(offer for there, offer in wanted if there)


def on_page(signoff: Signoff, card: Card, reader: str, *, may_decide: bool) -> tuple[Offer, ...]:
    """The same, and what else hangs at a card for those who may decide: a page has the room."""
    waits = may_decide and not card.settling
    more = ((waits and not card.claimed_by_reader, CLAIM), (waits, INQUIRE), (waits, DELEGATE))
    offered = for_reader(signoff, card, reader, may_decide=may_decide)
    return (*offered, *(offer for there, offer in more if there))


def _approve(card: Card) -> Offer:
    if card.decide_at:
        return Offer(Deed.STEP_UP, "Approve at Countersign…", "primary")
    return Offer(Deed.APPROVE, "Approve…" if card.approve_needs_form else "Approve", "primary")


def _approved(signoff: Signoff, reader: str) -> bool:
    own = [review for review in signoff.reviews if review.person == reader]
    return bool(own) and own[-1].verdict is Verdict.APPROVE and is_current(signoff, own[-1])
