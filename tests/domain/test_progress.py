"""Does a card say what is going on while it waits?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.card import Card, card_of
from bot.domain.events import (
    Answered,
    Claimed,
    Delegated,
    Event,
    Inquired,
    Released,
    ReviewTakenBack,
    Settled,
)
from bot.domain.progress import approvals, why_you
from bot.domain.signoff import Asked, Claim, Delegation, Signoff
from bot.domain.spans import Moment, Ours, Span, Theirs
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_requirement,
    a_review,
    a_signoff,
    after,
    an_ask,
    approves,
    hours,
    minutes,
    reassessed,
    rejects,
    standing,
    standings,
    time_passes,
)

GRACE = a_requirement(an_ask(2), grace=timedelta(seconds=10))
LONG_GRACE = a_requirement(an_ask(2), grace=minutes(1))

CLAIMED = Claimed(
    claim=Claim(person="ada", at=SOON, until=SOON + minutes(30)), standing=standing("ada")
)
RELEASED = Released(person="ada", at=SOON)
SETTLED = Settled(at=SOON + minutes(1), standings=standings())


def passed(by: str, to: str, reason: str = "knows refunds") -> Delegated:
    it = Delegation(by=by, to=to, at=SOON, reason=reason)
    return Delegated(delegation=it, standings=standings())


def asks(by: str, question: str = "Why three times?") -> Inquired:
    return Inquired(standing=standing(by), question=question, at=SOON)


def answers(number: int, answer: str = "It is what they advise.") -> Answered:
    return Answered(number=number, by="jun", answer=answer, at=SOON)


def spoken(spans: Sequence[Span]) -> str:
    return "".join(
        span.at.strftime("%H:%M") if isinstance(span, Moment) else span.text for span in spans
    )


def fact(card: Card, label: str) -> str:
    return "".join(spoken(it.spans) for it in card.facts if it.label == label)


def now(signoff: Signoff, *events: Event) -> str:
    return fact(card_of(after(signoff, *events), ROSTER), "Now")


TWO = a_signoff(an_ask(2))

LINES: list[tuple[str, Signoff, tuple[Event, ...], str]] = [
    ("nothing", TWO, (), ""),
    ("claimed", TWO, (CLAIMED,), "Ada is on it until 10:35"),
    ("let go of", TWO, (CLAIMED, RELEASED), ""),
    ("one of two", TWO, (approves("ada"),), "1 of 2 approvals so far"),
    (
        "one of many circles",
        a_signoff(an_ask(), an_ask(1, "staff", "platform")),
        (approves("ada"),),
        "1 approval so far, which is not enough yet",
    ),
    ("taken back", TWO, (approves("ada"), ReviewTakenBack(person="ada", at=SOON)), ""),
    ("judged anew", TWO, (approves("ada"), reassessed(an_ask(2))), ""),
    (
        "settling",
        a_signoff(requirement=GRACE),
        (approves("ada"), approves("grace")),
        "Approved by Ada, Grace; it counts in a few seconds unless it is taken back",
    ),
    (
        "settling for long",
        a_signoff(requirement=LONG_GRACE),
        (approves("ada"), approves("grace")),
        "Approved by Ada, Grace; it counts 10:06 unless it is taken back",
    ),
    (
        "passed on",
        TWO,
        (passed("ada", "grace"),),
        "Ada passed it on to Grace: “knows refunds”",
    ),
    (
        "one question",
        TWO,
        (asks("ada"),),
        "Ada asked the author: “Why three times?”",
    ),
    (
        "two questions",
        TWO,
        (asks("ada"), asks("grace", "And why not four?")),
        "Grace asked the author: “And why not four?”; 1 more question is open",
    ),
    (
        "three questions",
        TWO,
        (asks("ada"), asks("ada", "Who is told?"), asks("grace", "And why not four?")),
        "Grace asked the author: “And why not four?”; 2 more questions are open",
    ),
    ("answered", TWO, (asks("ada"), answers(1)), ""),
    (
        "escalated",
        TWO,
        (time_passes(NOW + hours(1)),),
        "Nobody decided for a while, so platform may too",
    ),
    (
        "renewed",
        replace(TWO, renews="sgn_0"),
        (),
        "This asks again for sgn_0, which expired",
    ),
    (
        "several things",
        TWO,
        (CLAIMED, approves("grace"), asks("ada")),
        "\n• Ada is on it until 10:35"
        "\n• 1 of 2 approvals so far"
        "\n• Ada asked the author: “Why three times?”",
    ),
]


@pytest.mark.parametrize(
    ("signoff", "events", "said"), [row[1:] for row in LINES], ids=[row[0] for row in LINES]
)
def test_each_thing_that_goes_on_is_one_line(
    signoff: Signoff, events: tuple[Event, ...], said: str
) -> None:
    assert now(signoff, *events) == said


def test_once_it_is_decided_nothing_goes_on_any_more() -> None:
    assert now(a_signoff(), CLAIMED, asks("ada"), rejects("grace")) == ""


def test_while_it_settles_the_headline_says_so_and_nothing_more_is_wanted() -> None:
    settling = after(a_signoff(requirement=GRACE), approves("ada"), approves("grace"))
    card = card_of(settling, ROSTER)
    assert card.headline == "About to be approved: acme/payments-api → production"
    assert {"Needs", "Expires"}.isdisjoint(it.label for it in card.facts)
    assert card.settling
    settled = card_of(after(settling, SETTLED), ROSTER)
    assert settled.headline.startswith("Approved: ")
    assert not settled.settling


READERS: list[tuple[str, bool, bool, bool]] = [
    ("", False, True, True),
    ("ada", True, False, False),
    ("grace", False, True, False),
    ("jun", False, False, True),
]
"""Who reads, and of Ada's claim on Jun's change, which Grace approved: what is theirs."""


@pytest.mark.parametrize(("reader", "on_it", "reviewed", "had_part"), READERS)
def test_what_a_card_can_be_pressed_for_is_plain_data(
    reader: str, on_it: bool, reviewed: bool, had_part: bool
) -> None:
    waits = card_of(after(TWO, CLAIMED, approves("grace")), ROSTER, reader=reader)
    assert (waits.claimed_by_reader, waits.reviewed, waits.had_part) == (on_it, reviewed, had_part)
    fresh = card_of(TWO, ROSTER, reader=reader)
    assert (fresh.claimed_by_reader, fresh.reviewed) == (False, False)
    over = card_of(after(a_signoff(), CLAIMED, approves("grace")), ROSTER, reader=reader)
    assert (over.claimed_by_reader, over.reviewed) == (False, False)


def test_words_of_people_are_not_ours() -> None:
    card = card_of(after(TWO, passed("ada", "grace", "<!here>"), asks("ada", "<!here>")), ROSTER)
    [doing] = [it.spans for it in card.facts if it.label == "Now"]
    assert not [it for it in doing if isinstance(it, Ours) and "here" in it.text]
    assert len([it for it in doing if isinstance(it, Theirs) and "here" in it.text]) == 2


# Why you.


def test_somebody_it_was_passed_on_to_reads_by_whom_and_why() -> None:
    signoff = after(TWO, passed("ada", "grace"))
    assert spoken(why_you(signoff, "grace", ROSTER)) == "Ada passed it on to you: “knows refunds”"
    assert why_you(signoff, "ada", ROSTER) == ()
    assert why_you(signoff, "", ROSTER) == ()


def test_reasons_of_our_own_stand_beside_it() -> None:
    signoff = after(TWO, passed("ada", "grace"))
    both = replace(signoff, invited=(Asked(person="grace", why=("on call", "free")),))
    assert spoken(why_you(both, "grace", ROSTER)).endswith("“knows refunds”; on call; free")


def test_the_newest_delegation_is_told() -> None:
    signoff = after(TWO, passed("ada", "grace", "first"), passed("grace", "ada", "back to you"))
    assert spoken(why_you(signoff, "ada", ROSTER)) == "Grace passed it on to you: “back to you”"
    assert why_you(signoff, "grace", ROSTER) == ()


def test_once_it_is_decided_nobody_is_wanted() -> None:
    asked = a_signoff(invited=(Asked(person="ada", why=("on call",)),))
    assert spoken(why_you(asked, "ada", ROSTER)) == "on call"
    assert why_you(after(asked, approves("grace")), "ada", ROSTER) == ()


# Who is wanted, and who answered.


def test_of_many_who_were_asked_the_first_five_are_named() -> None:
    many = a_signoff(invited=tuple(Asked(person=f"p{n}") for n in range(9)))
    assert fact(card_of(many, ROSTER), "Needs").endswith("asked: p0, p1, p2, p3, p4 and 4 more")


def test_each_person_counts_once_and_by_their_last_word() -> None:
    twice = replace(TWO, reviews=(a_review("ada"), a_review("ada"), a_review("grace")))
    assert approvals(twice) == 2
    assert approvals(replace(TWO, reviews=(a_review("ada", policy_digest="sha256:old"),))) == 0


def test_the_only_review_is_not_told_twice() -> None:
    one = card_of(after(a_signoff(), approves("ada", reason="read it")), ROSTER)
    assert "“read it”" in fact(one, "Outcome")
    assert fact(one, "Reviews") == ""
    two = card_of(after(TWO, approves("ada", reason="read it"), approves("grace")), ROSTER)
    assert "• Ada approved 10:05: “read it”" in fact(two, "Reviews")
