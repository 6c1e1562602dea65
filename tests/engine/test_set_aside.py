"""When does evidence stop counting? Once as many set it aside as would have had to approve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.change import Commit
from bot.domain.conditions import When
from bot.domain.errors import NotAReviewer, OwnChange, StepUpMissing
from bot.domain.policy import Policy
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Status, Verdict
from tests.builders import a_click, a_policy, a_rule, sha, who
from tests.engine.house import House, a_house

BY_AI = When(ai=(AiStatus.ASSISTED, AiStatus.SUSPECTED, AiStatus.CONTRADICTED))
BY_CLAUDE = Commit(
    sha=sha("a"),
    message="Retry\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
    author=who("jun"),
    committer=who("jun"),
)
PULL = {"lineage": "pull/7", "commits": (BY_CLAUDE,), "commits_complete": True, "files_complete": True}  # fmt: skip


def a_policy_for_ai(otherwise: int, **demand: object) -> Policy:
    return a_policy(a_rule(approvals=otherwise), a_rule("ai", when=BY_AI, **demand))


async def opened(house: House, **facts: object) -> Signoff:
    return await house.open(**{**PULL, **facts})


async def set_aside(house: House, signoff: Signoff, by: str = "ada") -> Signoff:
    for found in signoff.provenance.findings:
        click = a_click(signoff, by, id=f"aside {found.id} {by} {signoff.id}")
        await house.signoffs.set_aside(click, found.id, "pasted from a template")
    return await house.now(signoff)


def asks(signoff: Signoff) -> list[int]:
    return [ask.approvals for ask in signoff.requirement.asks]


def counts(signoff: Signoff) -> bool:
    return any(found.counts for found in signoff.provenance.findings)


async def test_whoever_could_approve_it_alone_may_set_aside_alone(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy_for_ai(0, approvals=1)) as house:
        signoff = await set_aside(house, await opened(house))
        assert (asks(signoff), counts(signoff)) == ([0], False)
        assert (await house.review(signoff, "ada")).status is Status.APPROVED


async def test_what_asks_for_two_takes_two(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy_for_ai(1, approvals=2)) as house:
        signoff = await set_aside(house, await opened(house))
        assert (asks(signoff), counts(signoff)) == ([2], True)
        assert any("still counts" in it for it in signoff.requirement.because)
        await house.review(signoff, "ada")
        assert (await house.now(signoff)).status is Status.PENDING
        signoff = await set_aside(house, await house.now(signoff), "grace")
        assert (asks(signoff), counts(signoff)) == ([1], False)


async def test_it_takes_no_security_key_away(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy_for_ai(1, approvals=1, step_up=True)) as house:
        signoff = await set_aside(house, await opened(house))
        assert (signoff.requirement.step_up, counts(signoff)) == (True, True)
        with pytest.raises(StepUpMissing):
            await house.review(signoff, "ada")


async def test_what_was_to_be_said_is_left_to_be_said(tmp_path: Path) -> None:
    policy = a_policy_for_ai(1, approvals=1, reason=True, checklist=("I ran it.",))
    async with a_house(tmp_path, policy=policy) as house:
        signoff = await set_aside(house, await opened(house))
        assert not counts(signoff)
        asked = signoff.requirement
        assert (asked.approve_reason, asked.checklist) == (True, ("I ran it.",))


async def test_of_the_next_revision_nothing_was_said(tmp_path: Path) -> None:
    """Which may hold anything, whoever pushed it, behind the same footer."""
    async with a_house(tmp_path, policy=a_policy_for_ai(0, approvals=1)) as house:
        signoff = await set_aside(house, await opened(house))
        assert not counts(signoff)
        mine = replace(BY_CLAUDE, sha=sha("b"), author=who("ada"), committer=who("ada"))
        after = await opened(house, revision=sha("b"), key="next", commits=(BY_CLAUDE, mine))
        assert (after.status, asks(after), counts(after)) == (Status.PENDING, [1], True)
        with pytest.raises(OwnChange):
            await set_aside(house, after)


async def test_of_another_environment_nothing_was_said(tmp_path: Path) -> None:
    """Where somebody may approve for staging, it does not ease what production asks."""
    policy = a_policy(
        a_rule("staging", when=When(environment=("staging",))),
        a_rule("ai", when=replace(BY_AI, environment=("production",)), level="principal"),
    )
    async with a_house(tmp_path, policy=policy) as house:
        staging = await set_aside(house, await opened(house, environment="staging", key="s"))
        assert not counts(staging)
        production = await opened(house)
        assert counts(production)
        with pytest.raises(NotAReviewer):
            await set_aside(house, production)
        with pytest.raises(NotAReviewer):
            await house.review(production, "ada")


async def test_after_a_no_it_is_asked_again(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy_for_ai(0, approvals=1)) as house:
        signoff = await set_aside(house, await opened(house))
        await house.review(signoff, "grace", verdict=Verdict.REJECT, reason="wrong anyway")
        after = await opened(house, revision=sha("b"), key="next")
        assert (after.status, asks(after)) == (Status.PENDING, [1])
