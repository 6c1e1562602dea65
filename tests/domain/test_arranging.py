"""What may reviewers arrange among themselves, and with the author, and what may they not?"""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.arranging import (
    QUESTIONS_AT_MOST,
    check_may_be_asked,
    check_room_for_question,
    question_to_answer,
)
from bot.domain.errors import (
    AlreadyAnswered,
    AlreadyClaimed,
    AlreadyDecided,
    NoSuchQuestion,
    NotAReviewer,
    NotClaimed,
    NotTheirs,
    NotYours,
    OwnChange,
    ReasonMissing,
    Refusal,
    TheirOwnChange,
    TheySaid,
    TooManyQuestions,
    Yourself,
)
from bot.domain.events import Answered, Claimed, Delegated, Event, Inquired, Released
from bot.domain.signoff import Asked, Claim, Delegation, Signoff, Status
from tests.builders import (
    NOW,
    ROSTER,
    SOON,
    a_person,
    a_signoff,
    after,
    an_ask,
    approves,
    minutes,
    standing,
    standings,
    with_person,
)

LATER = SOON + minutes(10)
WIDE = with_person(ROSTER, a_person("ruth", "staff"), "payments-seniors")


def claims(person: str = "ada", at: datetime = SOON) -> Claimed:
    claim = Claim(person=person, at=at, until=at + minutes(30))
    return Claimed(claim=claim, standing=standing(person))


def passes_on(by: str = "ada", to: str = "ruth", reason: str = "She knows it.") -> Delegated:
    passed = Delegation(by=by, to=to, at=SOON, reason=reason)
    return Delegated(delegation=passed, standings=standings(WIDE))


def asks(by: str = "ada", question: str = "Why now?") -> Inquired:
    return Inquired(standing=standing(by), question=question, at=SOON)


def answers(by: str = "jun", answer: str = "Because.", number: int = 1) -> Answered:
    return Answered(number=number, by=by, answer=answer, at=LATER)


def test_a_claim_is_for_a_while_and_the_same_person_may_make_it_longer() -> None:
    signoff = after(a_signoff(), claims(), claims(at=LATER))
    assert signoff.claim == Claim(person="ada", at=LATER, until=LATER + minutes(30))
    assert signoff.status is Status.PENDING
    assert signoff.next_due == NOW + minutes(15)
    assert after(signoff, Released(person="ada", at=LATER)).claim is None


def test_somebody_else_is_on_it_only_once_the_first_is_not() -> None:
    signoff = after(a_signoff(), claims())
    with pytest.raises(AlreadyClaimed):
        after(signoff, claims("grace", SOON + minutes(29)))
    later = after(signoff, claims("grace", SOON + minutes(30)))
    assert later.claim is not None
    assert later.claim.person == "grace"


def test_only_who_is_on_it_lets_go_of_it() -> None:
    signoff = after(a_signoff(), claims())
    with pytest.raises(NotClaimed):
        after(signoff, Released(person="grace", at=LATER))
    with pytest.raises(NotClaimed):
        after(a_signoff(), Released(person="ada", at=LATER))


def test_a_review_of_who_is_on_it_ends_that() -> None:
    two = a_signoff(an_ask(2))
    assert after(two, claims(), approves("ada")).claim is None
    kept = after(two, claims(), approves("grace")).claim
    assert kept is not None


def test_whoever_passes_it_on_is_asked_no_more_and_may_still_decide() -> None:
    signoff = after(a_signoff(), claims(), passes_on())
    assert signoff.invited == (Asked(person="grace"), Asked(person="ruth"))
    assert signoff.claim is None
    assert [(it.by, it.to) for it in signoff.delegations] == [("ada", "ruth")]
    assert after(signoff, approves("ada")).status is Status.APPROVED


def test_passing_it_on_leaves_the_claim_of_somebody_else_alone() -> None:
    signoff = after(a_signoff(), claims("grace"), passes_on())
    assert signoff.claim is not None
    assert signoff.claim.person == "grace"


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (passes_on(), None),
        (passes_on(to="ada"), Yourself),
        (passes_on(to="jun"), TheirOwnChange),
        (passes_on(to="kim"), NotTheirs),
        (passes_on(to="pat"), NotTheirs),
        (passes_on(to="nobody"), NotTheirs),
        (passes_on(by="jun"), OwnChange),
        (passes_on(by="kim"), NotAReviewer),
        (passes_on(reason=" \n"), ReasonMissing),
        (passes_on(reason="."), ReasonMissing),
    ],
)
def test_it_is_passed_on_only_from_and_to_who_may_review(
    event: Delegated, refusal: type[Refusal] | None
) -> None:
    signoff = a_signoff()
    if refusal is None:
        assert after(signoff, event).delegations == (event.delegation,)
        return
    with pytest.raises(refusal):
        after(signoff, event)


def test_who_reviewed_it_is_not_asked_again() -> None:
    signoff = after(a_signoff(an_ask(2)), approves("grace"))
    with pytest.raises(TheySaid):
        check_may_be_asked(signoff, "grace", standing("grace"))
    check_may_be_asked(a_signoff(an_ask(2)), "grace", standing("grace"))


def test_a_question_has_a_number_and_waits_for_its_answer() -> None:
    signoff = after(a_signoff(), asks(), asks("grace", "Who else knows?"))
    first, second = signoff.inquiries
    assert [(it.number, it.by, it.answer) for it in (first, second)] == [
        (1, "ada", ""),
        (2, "grace", ""),
    ]
    answered = after(signoff, answers(number=2))
    assert answered.inquiries[0] == first
    assert (answered.inquiries[1].answered_by, answered.inquiries[1].answer) == ("jun", "Because.")


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (asks(), None),
        (asks("kim"), NotAReviewer),
        (asks("jun"), OwnChange),
        (asks(question=" "), ReasonMissing),
        (answers(), None),
        (answers("ada"), NotYours),
        (answers(answer="\t"), ReasonMissing),
        (answers(number=2), NoSuchQuestion),
        (answers(number=0), NoSuchQuestion),
    ],
)
def test_who_may_review_asks_and_who_had_a_part_answers(
    event: Event, refusal: type[Refusal] | None
) -> None:
    signoff = after(a_signoff(), asks())
    if refusal is None:
        assert after(signoff, event).version == signoff.version + 1
        return
    with pytest.raises(refusal):
        after(signoff, event)


def test_a_question_is_answered_once() -> None:
    signoff = after(a_signoff(), asks(), answers())
    with pytest.raises(AlreadyAnswered):
        question_to_answer(signoff, 1)
    with pytest.raises(AlreadyAnswered):
        after(signoff, answers(answer="Because of that."))


def test_there_are_no_more_questions_than_anybody_reads() -> None:
    full = after(a_signoff(), *(asks() for _ in range(QUESTIONS_AT_MOST)))
    with pytest.raises(TooManyQuestions):
        check_room_for_question(full)
    with pytest.raises(TooManyQuestions):
        after(full, asks())
    check_room_for_question(after(a_signoff(), *(asks() for _ in range(QUESTIONS_AT_MOST - 1))))


@pytest.mark.parametrize("event", [claims(), passes_on(), asks("grace"), answers()])
def test_nothing_is_arranged_once_it_is_decided(event: Event) -> None:
    waiting = after(a_signoff(), asks())
    assert after(waiting, event).status is Status.PENDING
    with pytest.raises(AlreadyDecided):
        after(waiting, approves("grace"), event)


@pytest.mark.parametrize("event", [claims(), passes_on(), asks(), answers()])
def test_none_of_it_decides_or_keeps_anybody_from_deciding(event: Event) -> None:
    def decided(signoff: Signoff) -> Status:
        return after(signoff, approves("grace")).status

    waiting = after(a_signoff(), asks())
    assert decided(waiting) is decided(after(waiting, event)) is Status.APPROVED
