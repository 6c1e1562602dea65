"""Are the same deeds offered, in the same words, in the chat and on a page of ours?"""

from __future__ import annotations

from random import Random

import pytest

from bot.chat.slack import names
from bot.chat.slack.buttons import actions
from bot.chat.slack.details.offers import offers as in_details
from bot.domain.card import Card, card_of
from bot.domain.errors import Refusal
from bot.domain.offers import Deed, Offer, for_reader, in_menu, on_card, on_page
from bot.domain.signoff import Signoff
from tests.builders import (
    ROSTER,
    SOON,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    minutes,
    rejects,
    superseded,
    time_passes,
    withdrawn,
)
from tests.domain.test_progress import CLAIMED, SETTLED, asks, passed

MANY = 500
READERS = ("ada", "grace", "jun", "kim", "pat", "")
HAPPENINGS = (
    approves("ada"), approves("grace"), rejects("ada"), CLAIMED, asks("ada"),
    passed("ada", "grace"), superseded(), withdrawn(), time_passes(SOON), SETTLED,
)  # fmt: skip


def _signoff(random: Random) -> Signoff:
    """After a few things that may happen to it; what may not does not."""
    requirement = a_requirement(
        an_ask(random.choice((1, 2))),
        grace=minutes(random.choice((0, 1))),
        approve_reason=random.random() < 0.3,
        checklist=("rollback",) if random.random() < 0.3 else (),
        step_up=random.random() < 0.3,
    )
    signoff = a_signoff(requirement=requirement)
    for _ in range(random.randrange(5)):
        try:
            signoff = after(signoff, random.choice(HAPPENINGS))
        except (Refusal, ValueError):  # it may not happen now, or makes no sense
            continue
    return signoff


def _said(card: Card) -> set[str]:
    """All labels below a card in Slack."""
    if not (card.open or card.renewable):
        return set()
    found = set()
    for it in actions(card)["elements"]:
        options = it.get("options", [{"text": it.get("text")}])
        found |= {option["text"]["text"] for option in options}
    return found


def test_a_page_offers_what_the_details_do_and_else_only_what_hangs_at_the_card() -> None:
    random, seen = Random(8), set[Deed]()  # noqa: S311 -- the same ones each time
    for _ in range(MANY):
        signoff, reader = _signoff(random), random.choice(READERS)
        card = card_of(signoff, ROSTER, reader=reader, public_url="https://sign.acme.example")
        may = random.random() < 0.6 and card.open
        page = on_page(signoff, card, reader, may_decide=may)
        details = [label for _, label, _ in in_details(signoff, card, reader, may_decide=may)]
        labels = [offer.label for offer in page]
        assert labels[: len(details)] == details
        assert set(labels[len(details) :]) <= _said(card)
        assert len(set(labels)) == len(labels)
        seen |= {offer.deed for offer in page}
    assert seen == set(Deed) - {Deed.NOTE, Deed.SNOOZE, Deed.DETAILS, Deed.RENEW}


def test_where_a_key_is_needed_nobody_is_offered_to_approve_by_a_press() -> None:
    signoff = a_signoff(requirement=a_requirement(step_up=True))
    card = card_of(signoff, ROSTER, reader="ada", public_url="https://sign.acme.example")
    deeds = [it.deed for it in on_page(signoff, card, "ada", may_decide=True)]
    assert (Deed.STEP_UP in deeds, Deed.APPROVE in deeds) == (True, False)
    plain = a_signoff()
    card = card_of(plain, ROSTER, reader="ada", public_url="https://sign.acme.example")
    deeds = [it.deed for it in on_page(plain, card, "ada", may_decide=True)]
    assert (Deed.STEP_UP in deeds, Deed.APPROVE in deeds) == (False, True)


@pytest.mark.parametrize("reader", ["kim", ""])
def test_whoever_may_nothing_is_offered_nothing(reader: str) -> None:
    signoff = a_signoff()
    card = card_of(signoff, ROSTER, reader=reader)
    assert on_page(signoff, card, reader, may_decide=False) == ()
    assert for_reader(signoff, card, "jun", may_decide=False) == (
        Offer(Deed.WITHDRAW, "Withdraw…"),
    )


def test_every_offer_of_a_card_has_a_name_in_slack() -> None:
    card = card_of(after(a_signoff(an_ask(2)), approves("ada")), ROSTER)
    row = actions(card)["elements"]
    assert [it["action_id"] for it in row[:-1]] == [
        names.APPROVE, names.REJECT, names.DETAILS, names.CLAIM,
    ]  # fmt: skip
    assert len(on_card(card)) == len(row) - 1
    assert [it["value"] for it in row[-1]["options"]] == [it.deed.value for it in in_menu(card)]
