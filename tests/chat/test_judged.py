"""Would Slack take every card and every form, in each state and at each size?

What the other tests here make the bot say is judged as well, at the end of each (house.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.slack import arranging_forms, modals
from bot.chat.slack.blocks import MESSAGE_BUDGET, leanest
from bot.chat.slack.home import away
from bot.chat.slack.listing import SHOWN
from bot.chat.slack.rendering import correction, rendered
from bot.chat.slack.richtext import Block, size
from bot.domain.card import Card, card_of
from bot.domain.notes import (
    Alarm,
    ListingKind,
    Note,
    Witness,
    asking_of,
    listing_of,
    question_of,
    reply_of,
)
from bot.domain.signoff import Claim, Delegation, Inquiry, Settling, Shipment, Signoff
from bot.engine.personal import Away
from bot.ports import Surface
from tests.builders import (
    DEADLINES,
    NOW,
    ROSTER,
    SOON,
    a_change,
    a_file,
    a_requirement,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    rejects,
    reported,
    sha,
    superseded,
    time_passes,
    withdrawn,
)
from tests.chat.hand import subject_of
from tests.chat.house import a_house
from tests.chat.judges import judge_message, judge_modal
from tests.chat.tour import says_everywhere, tour

LONG = "A long text with <angles> & entities. " * 60
PLACES = (Surface(channel="C0PAY"), Surface(user="U0ADA"))

SIZES = {
    "no file": a_change(files=()),
    "a file": a_change(),
    "3,000 files": a_change(files=tuple(a_file(f"src/part/{n}/file.py") for n in range(3000))),
    "all at its longest": says_everywhere(LONG),
}

BY_FORM = a_requirement(an_ask(2), checklist=tuple(f"{n} {LONG}"[:300] for n in range(23)))


def states(opened: Signoff) -> dict[str, Signoff]:
    """How it may stand, as far as the looks of it differ."""
    asked = Inquiry(number=1, by="ada", at=SOON, question=LONG)
    told = replace(asked, answer=LONG, answered_by="jun", answered_at=SOON)
    yes, no = after(opened, approves()), after(opened, rejects(reason=LONG))
    return {
        "waits": opened,
        "by form": replace(opened, requirement=replace(BY_FORM, deadlines=DEADLINES)),
        "claimed": replace(opened, claim=Claim(person="grace", at=NOW, until=SOON)),
        "settles": replace(opened, settling=Settling(until=SOON, approvers=("ada",))),
        "handed on": replace(
            opened, delegations=(Delegation(by="ada", to="pat", at=NOW, reason=LONG),) * 9
        ),
        "asked": replace(opened, inquiries=(asked,)),
        "answered": replace(opened, inquiries=(told,) * 9),
        "escalated": after(opened, time_passes(NOW + hours(1))),
        "approved": yes,
        "told": after(yes, reported()),
        "refused": after(yes, reported(accepted=False, detail=LONG)),
        "shipped": replace(yes, shipment=Shipment(at=SOON, succeeded=False, detail=LONG)),
        "rejected": no,
        "expired": after(opened, time_passes(NOW + hours(9))),
        "superseded": after(opened, superseded()),
        "withdrawn": after(opened, withdrawn(reason=LONG)),
    }


STATES = tuple(states(a_signoff()))


@pytest.fixture(params=SIZES)
def opened(request: pytest.FixtureRequest) -> Signoff:
    return a_signoff(change=SIZES[request.param])


def assert_taken(blocks: list[Block]) -> None:
    assert judge_message(blocks) == []
    assert size(blocks) <= MESSAGE_BUDGET


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("reader", ["", "ada", "jun"])
def test_every_card(opened: Signoff, state: str, reader: str) -> None:
    card = card_of(states(opened)[state], ROSTER, reader=reader)
    for at in PLACES:
        shown = rendered(card, at)
        assert_taken(shown.blocks)
        assert_taken(correction(card, shown).blocks)
    assert_taken(leanest(card))


@pytest.mark.parametrize("state", ["asked", "answered", "approved"])
def test_every_note(opened: Signoff, state: str) -> None:
    for piece in _notes(
        replace(states(opened)[state], inquiries=states(opened)["asked"].inquiries)
    ):
        for at in PLACES:
            shown = rendered(piece, at)
            assert_taken(shown.blocks)
            if not isinstance(piece, Card):
                assert_taken(correction(piece, shown).blocks)


def _notes(signoff: Signoff) -> list[Note]:
    [asked] = signoff.inquiries
    listed = [replace(signoff, id=f"sgn_{n}") for n in range(SHOWN)]
    return [
        question_of(signoff, ROSTER),
        asking_of(signoff, asked, ROSTER),
        reply_of(signoff, replace(asked, answer=LONG, answered_by="jun"), ROSTER),
        *(listing_of("lst_1", kind, listed, ROSTER, NOW, more=400) for kind in ListingKind),
        listing_of("lst_2", ListingKind.REMINDER, [], ROSTER, NOW),
        Alarm(id="w1", text=LONG),
        Witness(id="c1", lead="The audit trail as of now.", note=LONG[:2000]),
    ]


@pytest.mark.parametrize("state", ["waits", "by form", "asked", "answered"])
def test_every_form(opened: Signoff, state: str) -> None:
    signoff = states(opened)[state]
    subject, card = subject_of(signoff), card_of(signoff, ROSTER)
    people = [replace(ROSTER.people["ada"], id=f"p{n}", name=LONG) for n in range(150)]
    asked = states(opened)["asked"].inquiries[0]
    forms = [
        modals.approval(card, subject),
        modals.approval(card, subject, note=True),
        modals.rejection(card, subject),
        modals.notice("A title that is longer than a title may be", LONG),
        arranging_forms.delegate_form(signoff, subject, people),
        arranging_forms.inquiry_form(signoff, subject, ROSTER),
        arranging_forms.answer_form(signoff, subject, asked, ROSTER),
        arranging_forms.snooze_form(signoff, subject, [("1h", "In an hour"), ("x", "Tomorrow")]),
        arranging_forms.withdraw_form(signoff, subject),
        away.away_form(None, ROSTER.people["ada"], ROSTER),
        away.away_form(Away(until=NOW, deputy="grace"), ROSTER.people["ada"], ROSTER),
    ]
    assert [judge_modal(form) for form in forms] == [[]] * len(forms)


@pytest.mark.parametrize("name", ["no file", "3,000 files"])
async def test_every_window_page_and_answer(tmp_path: Path, name: str) -> None:
    """They are judged when the house is closed."""
    async with a_house(tmp_path) as house:
        change = replace(SIZES[name], revision=sha("d"))
        signoff = (await house.signoffs.open(change)).signoff
        await tour(house, signoff, LONG[:300])
        assert len(house.slack.calls) > 100
