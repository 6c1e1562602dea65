"""A new revision whose change is identical keeps its approvals; anything else does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.asking.choosing import Seen
from bot.domain.change import Change, Check, Commit, FileChange, Resource, Scaling
from bot.domain.conditions import When
from bot.domain.policy import Policy
from bot.domain.provenance import AiStatus
from bot.domain.signoff import BY_KEY, Signoff, Status, Verdict
from bot.engine.clicks import PRESSED, Proof
from tests.builders import (
    AN_ASSERTION,
    ROSTER,
    a_change,
    a_click,
    a_policy,
    a_rule,
    hours,
    ids,
    minutes,
    sha,
    who,
    without_person,
)
from tests.engine.house import FakeChat, House, a_house
from tests.statements import a_statement

FILE = FileChange(path="refunds/retry.py", additions=40, deletions=3, digest="sha256:same")
TWO = a_policy(a_rule(approvals=2))
ONE = a_policy()


def revision(letter: str, **facts: Any) -> Change:
    known: dict[str, Any] = {
        "key": f"pull/12/{letter}",
        "revision": sha(letter),
        "lineage": "pull/12",
        "files": (FILE,),
        "commits": (Commit(sha=sha(letter), author=who("jun")),),
    }
    return a_change(**{**known, **facts})


def _everybody_there() -> FakeChat:
    members = {person.slack: Seen(member=True) for person in ROSTER.people.values()}
    return FakeChat(seen=members)


async def approved_by_ada(house: House, **facts: Any) -> Signoff:
    await house.circumstances.look()
    first = (await house.signoffs.open(revision("a", **facts))).signoff
    return await house.review(first, "ada")


async def after_a_rebase(folder: Path, policy: Policy = TWO, **facts: Any) -> Signoff:
    """What revision b keeps of one approval of revision a, where `facts` are all that differs."""
    async with a_house(folder, policy=policy, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        signoff = (await house.signoffs.open(revision("b", **facts))).signoff
        assert await house.board.broken() is None
        return signoff


def kept(signoff: Signoff) -> list[tuple[str, str, str]]:
    return [(it.person, it.revision, it.carried.signoff_id) for it in signoff.reviews if it.carried]


async def test_a_rebase_keeps_an_approval_and_says_from_where(tmp_path: Path) -> None:
    signoff = await after_a_rebase(tmp_path)
    assert kept(signoff) == [("ada", sha("b"), "sgn_1")]
    assert signoff.since is not None
    assert signoff.since.identical
    assert signoff.status is Status.PENDING


async def test_nothing_is_carried_back_to_what_was_asked_before_it(tmp_path: Path) -> None:
    """a, then b approved, then a once more: what was merged since would go with it."""
    async with a_house(tmp_path, policy=ONE, chat=_everybody_there()) as house:
        await house.circumstances.look()
        first = (await house.signoffs.open(revision("a"))).signoff
        await house.signoffs.withdraw(a_click(first, "jun"), "not today")
        second = (await house.signoffs.open(revision("b"))).signoff
        await house.review(second, "ada")
        again = (await house.signoffs.open(revision("a", key="once more"))).signoff
        assert (again.status, again.reviews) == (Status.PENDING, ())


@pytest.mark.parametrize("by_key", [True, False])
async def test_what_a_key_signed_stays_with_what_it_signed(tmp_path: Path, *, by_key: bool) -> None:
    """Though the new revision asks for none: it would stand there as signed by a key."""
    policy = a_policy(
        a_rule(approvals=2), a_rule("urgent", when=When(branch=("hot",)), step_up=by_key)
    )
    proof = Proof(how=BY_KEY, assertion=AN_ASSERTION) if by_key else PRESSED
    async with a_house(tmp_path, policy=policy, chat=_everybody_there()) as house:
        await house.circumstances.look()
        first = (await house.signoffs.open(revision("a", branch="hot"))).signoff
        click = a_click(first, "ada")
        first = await house.signoffs.review(click, Verdict.APPROVE, "", (), proof)
        assert [it.proved for it in first.reviews] == [proof.how]
        again = (await house.signoffs.open(revision("b", branch="cool"))).signoff
        assert kept(again) == ([] if by_key else [("ada", sha("b"), "sgn_1")])
        assert await house.board.broken() is None


async def test_nothing_is_carried_that_might_still_be_taken_back(tmp_path: Path) -> None:
    gently = a_policy(a_rule(approvals=1), grace=minutes(1))
    async with a_house(tmp_path, policy=gently, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        early = (await house.signoffs.open(revision("b"))).signoff
        assert (early.status, early.reviews) == (Status.PENDING, ())


async def test_one_more_approval_is_then_enough(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=TWO, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        again = (await house.signoffs.open(revision("b"))).signoff
        assert (await house.review(again, "grace")).status is Status.APPROVED
        assert await house.board.broken() is None


async def test_where_the_kept_approvals_are_enough_it_is_approved(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=ONE, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        again = (await house.signoffs.open(revision("b"))).signoff
        assert again.status is Status.APPROVED
        await house.settle()
        assert (f"msg_{again.id}_approved", "approved") in house.pipeline.taken


OTHER = replace(FILE, digest="sha256:other")


@pytest.mark.parametrize(
    "facts",
    [
        {"files": (OTHER,)},
        {"files": (FILE, replace(FILE, path="x"))},
        {"files": (replace(FILE, digest=""),)},
        {"files_complete": False},
        {"plan": (Resource(address="db.ledger", action="delete"),)},
        {"scaling": (Scaling(resource="web", setting="replicas", before=10, after=0),)},
        {"base_branch": "mine"},
        {"environment": "staging"},
        {"lineage": "pull/13"},
        {"lineage": ""},
        {"repository": "acme/payments-web"},
        {"commits": (Commit(sha=sha("b"), author=who("ada")),)},
    ],
    ids=[
        "other content", "one file more", "content unknown", "files unknown", "another plan",
        "other bounds", "another base", "elsewhere",
        "another change", "alone", "another repository", "the approver had a part",
    ],
)  # fmt: skip
async def test_nothing_is_kept_where_it_differs(tmp_path: Path, facts: dict[str, Any]) -> None:
    assert kept(await after_a_rebase(tmp_path)) != []
    (tmp_path / "twin").mkdir()
    assert kept(await after_a_rebase(tmp_path / "twin", **facts)) == []


async def test_policy_can_switch_it_off(tmp_path: Path) -> None:
    assert kept(await after_a_rebase(tmp_path, replace(TWO, carry=False))) == []


async def test_so_can_one_rule(tmp_path: Path) -> None:
    assert kept(await after_a_rebase(tmp_path, a_policy(a_rule(approvals=2, carry=False)))) == []


async def test_a_policy_that_asks_for_more_keeps_nothing(tmp_path: Path) -> None:
    """The first was asked in a policy of one; the label brings a second rule with a reason."""
    with_label = a_policy(
        a_rule(approvals=2), a_rule("hot", When(labels=("hot",)), approvals=2, reason=True)
    )
    assert kept(await after_a_rebase(tmp_path, with_label, labels=("hot",))) == []


async def test_a_rejection_is_not_forgotten_and_nothing_else_is_kept(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=TWO, chat=_everybody_there()) as house:
        first = await approved_by_ada(house)
        await house.review(first, "grace", Verdict.REJECT)
        assert kept((await house.signoffs.open(revision("b"))).signoff) == []


async def test_what_was_approved_more_than_a_day_ago_is_asked_again(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=TWO, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        house.clock.go_on(hours(25))
        await house.circumstances.look()
        assert kept((await house.signoffs.open(revision("b"))).signoff) == []


@pytest.mark.parametrize("seen", [{}, {"U0ADA": Seen(member=False)}, {"U0ADA": Seen()}])
async def test_only_of_whom_the_chat_says_that_they_are_there(
    tmp_path: Path, seen: dict[str, Seen]
) -> None:
    async with a_house(tmp_path, policy=TWO, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        house.chat.seen = seen
        await house.circumstances.look()
        assert kept((await house.signoffs.open(revision("b"))).signoff) == []


async def test_what_was_seen_in_a_time_to_come_is_not_believed(tmp_path: Path) -> None:
    """The clock was set back: who knows how long ago that was."""
    async with a_house(tmp_path, policy=TWO, chat=_everybody_there()) as house:
        await house.circumstances.look()
        assert house.circumstances.is_member("ada")
        house.clock.go_on(hours(-9))
        assert not house.circumstances.is_member("ada")


async def test_who_left_the_roster_meanwhile_does_not_count(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=ONE, chat=_everybody_there()) as house:
        await approved_by_ada(house)
    roster = without_person(ROSTER, "ada")
    twin = {"policy": ONE, "roster": roster, "chat": _everybody_there(), "new_id": ids("later_")}
    async with a_house(tmp_path, **twin) as house:
        await house.circumstances.look()
        again = await house.signoffs.open(revision("b"))
        assert again.signoff.status is Status.PENDING


async def test_the_same_revision_asked_for_again_is_asked_again(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=ONE, chat=_everybody_there()) as house:
        await approved_by_ada(house)
        again = (await house.signoffs.open(revision("a", key="re-run"))).signoff
        assert (kept(again), again.status) == ([], Status.PENDING)


async def test_the_author_s_no_about_the_identical_revision_is_said_of_this_one(
    tmp_path: Path,
) -> None:
    unsaid = a_policy(
        a_rule(approvals=2), a_rule("unsaid", When(ai=(AiStatus.UNDECLARED,)), approvals=2)
    )
    async with a_house(tmp_path, policy=unsaid, chat=_everybody_there()) as house:
        await house.circumstances.look()
        first = (await house.signoffs.open(revision("a"))).signoff
        said = await house.signoffs.declare(a_click(first, "jun"), assisted=False)
        await house.review(said, "ada")
        again = (await house.signoffs.open(revision("b"))).signoff
        assert again.provenance.status is AiStatus.DECLARED_HUMAN
        assert kept(again) == [("ada", sha("b"), "sgn_1")]


async def test_the_attestation_says_where_it_was_cast(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=ONE, chat=_everybody_there()) as house:
        first = await approved_by_ada(house)
        again = (await house.signoffs.open(revision("b"))).signoff
        predicate: Any = a_statement(again)["predicate"]
        (review,) = predicate["reviews"]
        assert review["carriedFrom"] == {
            "signoff": first.id,
            "revision": sha("a"),
            "policyDigest": first.requirement.policy_digest,
        }


async def test_a_check_that_failed_since_keeps_nothing(tmp_path: Path) -> None:
    failed = {"checks": (Check(name="unit", conclusion="failure"),)}
    assert kept(await after_a_rebase(tmp_path, **failed)) == []
