"""Do questions, answers, lists and alarms beside a card say how things stand?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.events import Event
from bot.domain.notes import (
    Listing,
    ListingKind,
    asking_of,
    listing_of,
    makers,
    question_of,
    reply_of,
)
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance, Statement
from bot.domain.signoff import Declaration, Signoff
from bot.domain.spans import Moment, Ours, Theirs
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_change,
    a_requirement,
    a_signoff,
    after,
    approves,
    sha,
    superseded,
    with_person,
)
from tests.domain.test_progress import CLAIMED, answers, asks

PLACE = "acme/payments-api → production"


def unsure(**facts: object) -> Signoff:
    return a_signoff(requirement=a_requirement(declaration=Declaration.ASK), **facts)


def said(spans: tuple[object, ...]) -> str:
    return "".join(it.text for it in spans if isinstance(it, Ours | Theirs))


# Whether AI helped.


def test_the_author_is_asked_and_told_why() -> None:
    question = question_of(unsure(), ROSTER)
    assert (question.people, question.about) == (("U0JUN",), PLACE)
    assert question.because == "Nobody has said so yet."
    assert question.answer == ""


def test_where_evidence_speaks_against_the_author_it_says_so() -> None:
    denied = unsure(provenance=Provenance(status=AiStatus.CONTRADICTED))
    assert "the evidence says that it did" in question_of(denied, ROSTER).because


@pytest.mark.parametrize(
    ("statement", "answer"),
    [(True, "Jun says that AI helped."), (False, "Jun says that AI did not help.")],
)
def test_an_answer_about_this_revision_is_the_answer(statement: bool, answer: str) -> None:
    told = Statement(person="jun", assisted=statement, at=SOON, revision=sha("a"))
    assert question_of(unsure(statements=(told,)), ROSTER).answer == answer
    other = replace(told, revision=sha("b"))
    assert question_of(unsure(statements=(other,)), ROSTER).answer == ""


def test_what_is_decided_need_not_be_answered() -> None:
    over = after(unsure(), approves("ada"))
    assert question_of(over, ROSTER).answer.startswith("This is decided")


def test_what_evidence_has_answered_since_is_closed() -> None:
    known = unsure(provenance=Provenance(status=AiStatus.ASSISTED))
    assert question_of(known, ROSTER).answer == "This was answered elsewhere meanwhile."


# Who made it.


def test_where_the_author_is_unknown_everybody_who_had_a_part_is_asked() -> None:
    stranger = a_signoff(change=a_change("ghost"), contributors=("jun", "kim", "gone"))
    assert [person.id for person in makers(stranger, ROSTER)] == ["jun", "kim"]


def test_an_author_who_is_not_in_the_chat_cannot_be_asked() -> None:
    absent = with_person(ROSTER, replace(ROSTER.people["jun"], slack=""))
    assert makers(a_signoff(), absent) == ()
    nobody = replace(a_signoff(change=a_change("ghost")), contributors=Contributors())
    assert makers(nobody, ROSTER) == ()


# A question of a reviewer.


@pytest.mark.parametrize(
    ("events", "closed"),
    [
        ((), ""),
        ((answers(1),), "Jun answered."),
        ((approves("ada"),), "This is decided, so it need not be answered any more."),
    ],
    ids=["open", "answered", "decided"],
)
def test_a_question_is_open_until_it_is_answered_or_decided(
    events: tuple[Event, ...], closed: str
) -> None:
    signoff = after(a_signoff(), asks("ada", "Why\nthree?"), *events)
    asking = asking_of(signoff, signoff.inquiries[0], ROSTER)
    assert (asking.asker, asking.question.text, asking.number) == ("Ada", "Why three?", 1)
    assert (asking.people, asking.about) == (("U0JUN",), PLACE)
    assert asking.closed == closed


def test_the_answer_goes_to_whoever_asked() -> None:
    signoff = after(a_signoff(), asks("ada", "Why?"), answers(1, "\u202eBecause."))
    reply = reply_of(signoff, signoff.inquiries[0], ROSTER)
    assert (reply.people, reply.author) == (("U0ADA",), "Jun")
    assert (reply.question.text, reply.answer.text) == ("Why?", "Because.")


def test_whoever_asked_and_left_the_roster_is_not_named() -> None:
    signoff = after(a_signoff(), asks("ada"), answers(1))
    gone = replace(ROSTER, people={"jun": ROSTER.people["jun"]})
    assert reply_of(signoff, signoff.inquiries[0], gone).people == ()


# Lists.


def listing(kind: ListingKind, *signoffs: Signoff, more: int = 0) -> Listing:
    return listing_of("lst_1", kind, signoffs, ROSTER, NOW, more)


OPEN, OVER = a_signoff(), after(a_signoff(), approves("ada"))


@pytest.mark.parametrize(
    ("kind", "signoffs", "more", "lead"),
    [
        (ListingKind.REMINDER, (OPEN,), 0, "1 waits for you"),
        (ListingKind.REMINDER, (OPEN, OVER), 0, "1 waits for you"),
        (ListingKind.REMINDER, (OPEN,), 4, "5 wait for you"),
        (ListingKind.DIGEST, (OPEN, OPEN), 0, "2 wait for a sign-off"),
        (ListingKind.DIGEST, (OVER,), 0, "Nothing on this list waits any more"),
    ],
)
def test_a_list_says_how_much_of_it_still_waits(
    kind: ListingKind, signoffs: tuple[Signoff, ...], more: int, lead: str
) -> None:
    assert listing(kind, *signoffs, more=more).lead == lead


def test_a_line_says_what_it_is_who_is_on_it_and_until_when() -> None:
    [waits, over] = listing(ListingKind.REMINDER, after(OPEN, CLAIMED), OVER).lines
    assert said(waits.spans) == f"{PLACE}: “Retry refunds”, Ada is on it, expires "
    assert [it.at for it in waits.spans if isinstance(it, Moment)] == [OPEN.expires_at]
    assert said(over.spans) == f"Approved: {PLACE}: “Retry refunds”"
    assert (waits.open, over.open) == (True, False)
    assert (waits.signoff_id, waits.revision, waits.about) == ("sgn_1", sha("a"), PLACE)


def test_a_line_of_what_was_superseded_says_by_what() -> None:
    [line] = listing(ListingKind.REMINDER, after(OPEN, superseded("sgn_2"))).lines
    assert said(line.spans) == f"Superseded by a newer change (sgn_2): {PLACE}: “Retry refunds”"
