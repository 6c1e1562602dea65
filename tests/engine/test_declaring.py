"""The author is asked whether AI helped; what they answer is judged with the rest, at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.change import Commit
from bot.domain.conditions import When
from bot.domain.errors import (
    AlreadyDecided,
    DeclarationMissing,
    NoSuchFinding,
    NotAReviewer,
    NotSenior,
    NotYours,
    OwnChange,
    OwnWord,
    ReasonMissing,
    Refusal,
    StaleRevision,
)
from bot.domain.notes import Question
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Declaration, Signoff, Status, Verdict
from tests.builders import (
    PAYMENTS,
    ROSTER,
    a_click,
    a_person,
    a_policy,
    a_rule,
    minutes,
    sha,
    who,
    with_person,
)
from tests.engine.house import House, a_house

REQUIRED = a_policy(a_rule(declaration=Declaration.REQUIRED))
UNSAID_NEEDS_TWO = a_policy(
    a_rule("everything"),
    a_rule("unsaid", When(ai=(AiStatus.UNDECLARED,)), approvals=2),
)
TRAILER = "Retry\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
MARKED = Commit(sha=sha("1"), message=TRAILER, author=who("jun"))


async def says(house: House, signoff: Signoff, assisted: bool, person: str = "jun") -> Signoff:
    return await house.signoffs.declare(a_click(signoff, person), assisted=assisted)


async def test_the_author_is_asked_in_the_thread_and_by_themselves(house: House) -> None:
    await house.open()
    await house.settle()
    for place in ("C0PAY", "@U0JUN"):
        (question,) = house.chat.notes(place, Question)
        assert question.people == ("U0JUN",)


async def test_where_it_was_said_nobody_is_asked(house: House) -> None:
    await house.open(commits=(MARKED,))
    await house.settle()
    assert house.chat.notes("C0PAY", Question) == []


@pytest.mark.parametrize(
    ("assisted", "status", "words"),
    [
        (True, AiStatus.ASSISTED, "Jun says that AI helped."),
        (False, AiStatus.DECLARED_HUMAN, "Jun says that AI did not help."),
    ],
)
async def test_the_answer_is_kept_and_the_question_is_closed(
    house: House, assisted: bool, status: AiStatus, words: str
) -> None:
    signoff = await house.open()
    await house.settle()
    after = await says(house, signoff, assisted)
    assert after.provenance.status is status
    await house.settle()
    assert [it.answer for it in house.chat.notes("C0PAY", Question)] == [words]
    assert await house.board.broken() is None


async def test_a_no_against_the_evidence_contradicts_it(house: House) -> None:
    signoff = await house.open(commits=(MARKED,))
    assert (await says(house, signoff, False)).provenance.status is AiStatus.CONTRADICTED


async def test_policy_asks_anew_with_the_answer(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=UNSAID_NEEDS_TWO) as house:
        signoff = await house.open()
        after = await says(house, signoff, False)
        approvals = [ask.approvals for ask in (*signoff.requirement.asks, *after.requirement.asks)]
        assert approvals == [2, 1]


async def test_an_answer_decides_nothing_by_itself(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=UNSAID_NEEDS_TWO) as house:
        signoff = await house.open()
        await house.review(signoff, "ada")
        assert (await says(house, signoff, False)).status is Status.PENDING


async def test_the_same_answer_twice_is_one(house: House) -> None:
    signoff = await house.open()
    once = await says(house, signoff, True)
    assert (await says(house, signoff, True)).version == once.version


async def test_the_last_word_counts_however_often_it_changes(house: House) -> None:
    signoff = await house.open()
    for assisted in (True, False, True):
        house.clock.go_on(minutes(1))
        signoff = await says(house, signoff, assisted)
    assert [said.assisted for said in signoff.statements] == [True, False, True]
    assert signoff.provenance.status is AiStatus.ASSISTED


@pytest.mark.parametrize(("person", "refusal"), [("ada", NotYours), ("stranger", NotYours)])
async def test_only_who_had_a_part_may_answer(
    house: House, person: str, refusal: type[Refusal]
) -> None:
    signoff = await house.open()
    with pytest.raises(refusal):
        await says(house, signoff, False, person)


async def test_an_answer_about_another_revision_is_none(house: House) -> None:
    signoff = await house.open()
    with pytest.raises(StaleRevision):
        await house.signoffs.declare(a_click(signoff, "jun", revision=sha("b")), assisted=False)


async def test_what_is_decided_is_not_declared_any_more(house: House) -> None:
    signoff = await house.open()
    await house.review(signoff, "ada")
    with pytest.raises(AlreadyDecided):
        await says(house, signoff, False)


async def test_where_policy_insists_nobody_approves_before_it_is_said(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=REQUIRED) as house:
        signoff = await house.open()
        with pytest.raises(DeclarationMissing):
            await house.review(signoff, "ada")
        await says(house, signoff, True)
        after = await house.review(signoff, "ada", id="again")
        assert after.status is Status.APPROVED


async def test_but_anybody_who_may_can_reject_it(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=REQUIRED) as house:
        signoff = await house.open()
        after = await house.review(signoff, "ada", Verdict.REJECT)
        assert after.status is Status.REJECTED


# Taking evidence away.


async def test_who_may_review_can_set_evidence_aside_and_says_why(house: House) -> None:
    signoff = await house.open(commits=(MARKED,))
    for number, found in enumerate(signoff.provenance.findings):
        click = a_click(signoff, "ada", f"aside {number}")
        signoff = await house.signoffs.set_aside(click, found.id, "pasted from a template")
    assert signoff.provenance.status is AiStatus.UNDECLARED
    assert all(found.set_aside for found in signoff.provenance.findings)
    assert signoff.set_aside[0].reason == "pasted from a template"
    assert await house.board.broken() is None


@pytest.mark.parametrize(
    ("person", "reason", "refusal"),
    [("jun", "wrong", OwnChange), ("kim", "wrong", NotAReviewer), ("ada", " ", ReasonMissing)],
)
async def test_nobody_else_can(
    house: House, person: str, reason: str, refusal: type[Refusal]
) -> None:
    signoff = await house.open(commits=(MARKED,))
    found = signoff.provenance.findings[0]
    with pytest.raises(refusal):
        await house.signoffs.set_aside(a_click(signoff, person), found.id, reason)
    assert (await house.now(signoff)).provenance.status is AiStatus.ASSISTED


async def test_what_is_not_on_record_cannot_be_set_aside(house: House) -> None:
    signoff = await house.open(commits=(MARKED,))
    with pytest.raises(NoSuchFinding):
        await house.signoffs.set_aside(a_click(signoff), "0" * 12, "wrong")


async def test_only_a_senior_can_though_others_may_review(tmp_path: Path) -> None:
    anybody = a_policy(a_rule(level="junior", sources=(PAYMENTS, "juniors")))
    roster = with_person(ROSTER, a_person("kim", "junior"), PAYMENTS)
    async with a_house(tmp_path, policy=anybody, roster=roster) as house:
        signoff = await house.open(commits=(MARKED,))
        found = signoff.provenance.findings[0]
        with pytest.raises(NotSenior):
            await house.signoffs.set_aside(a_click(signoff, "kim"), found.id, "wrong")
        await house.signoffs.set_aside(a_click(signoff, "ada"), found.id, "wrong")


async def test_the_author_s_own_answer_only_the_author_can_change(house: House) -> None:
    signoff = await says(house, await house.open(), True)
    (answer,) = (it for it in signoff.provenance.findings if it.source == "statement")
    with pytest.raises(OwnWord):
        await house.signoffs.set_aside(a_click(signoff, "ada"), answer.id, "I do not believe it")


# What is asked changes while it waits.


async def test_where_less_is_asked_by_now_saying_it_again_decides(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=UNSAID_NEEDS_TWO) as house:
        signoff = await house.open()
        await house.review(signoff, "ada")
        after = await says(house, signoff, False)
        again = await house.review(after, "ada", id="once more")
        assert again.status is Status.APPROVED
        assert await house.board.broken() is None


async def test_an_approval_from_before_a_reason_was_asked_for_counts_no_more(
    tmp_path: Path,
) -> None:
    assisted = When(ai=(AiStatus.ASSISTED,))
    policy = a_policy(a_rule(approvals=2), a_rule("ai", assisted, approvals=2, reason=True))
    async with a_house(tmp_path, policy=policy) as house:
        signoff = await house.open()
        await house.review(signoff, "ada")
        after = await says(house, signoff, True)
        half = await house.review(after, "grace", reason="tried it")
        assert half.status is Status.PENDING
        whole = await house.review(half, "ada", id="again", reason="read it all")
        assert whole.status is Status.APPROVED


async def test_a_yes_that_comes_too_late_is_true_of_the_next_revision(house: House) -> None:
    first = await house.open(lineage="pull/12")
    await house.open(lineage="pull/12", key="next", revision=sha("b"), environment="staging")
    await house.review(first, "ada")
    with pytest.raises(AlreadyDecided):
        await says(house, first, True)
    later = await house.open(lineage="pull/12", key="later", revision=sha("c"))
    assert later.provenance.status is AiStatus.ASSISTED
