"""Ways to ship what was stopped under somebody else's name. None of them leads there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.asking.choosing import Seen
from bot.domain.change import AiStatement, FileChange, Kind
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Status, Verdict
from bot.domain.unshipped import MOST_ALONG
from bot.ports import Sighting
from tests.builders import ROSTER, a_click, a_file, a_policy, a_rule, hours, sha, who
from tests.engine.house import FakeChat, House, a_house
from tests.engine.test_unshipped import BY_AI, approved, ended, marked, opened, plain

QUIET = replace(BY_AI, message="Retry")


async def rejected(house: House, **facts: Any) -> Signoff:
    stopped = await opened(house, marked(**facts))
    await ended(house, stopped, "rejected")
    return stopped


def goes_along(stopped: Signoff, shipped: Signoff) -> None:
    assert stopped.id in shipped.along
    assert set(stopped.change.paths) <= set(shipped.change.paths)
    assert stopped.contributors.people <= shipped.contributors.people
    assert shipped.provenance.status is AiStatus.ASSISTED


async def test_another_kind_of_change_was_signed_at_this_revision(house: House) -> None:
    stopped = await rejected(house)
    plan = plain("infra", base_revision=sha("a"), kind=Kind.INFRASTRUCTURE)
    infra = await opened(house, plan)
    points = infra.requirement.checklist
    click = a_click(infra, "grace")
    await house.signoffs.review(click, Verdict.APPROVE, "looked at the plan", points)
    await house.settle()
    assert (await house.now(infra)).status is Status.APPROVED
    goes_along(stopped, await opened(house, plain(base_revision=sha("a"))))


async def test_a_merge_was_signed_at_this_revision(house: House) -> None:
    """Where the environment of a check has the name of a deployment's."""
    stopped = await rejected(house)
    await approved(
        house, await opened(house, plain("merge", base_revision=sha("a"), by_lineage=True))
    )
    goes_along(stopped, await opened(house, plain(base_revision=sha("a"))))


async def test_a_bound_that_commits_move_ships_with_the_rest(house: House) -> None:
    stopped = await rejected(house, kind=Kind.SCALING)
    goes_along(stopped, await opened(house, plain(base_revision=sha("a"))))


async def test_the_same_work_from_another_base(house: House) -> None:
    """Compared with the push before, which was rejected itself."""
    stopped = await rejected(house)
    goes_along(stopped, await opened(house, plain(lineage="pull/1", base_revision=sha("a"))))


async def test_side_by_side_it_is_built_upon_what_still_waits(tmp_path: Path) -> None:
    async with a_house(tmp_path, keep_older=frozenset({"payments-ci"})) as house:
        waits = await opened(house, marked())
        goes_along(waits, await opened(house, plain(base_revision=sha("a"))))


async def test_many_hotfixes_lie_between(house: House) -> None:
    await approved(house, await opened(house, plain("old", revision=sha("0"), lineage="x")))
    stopped = await rejected(house, base_revision=sha("0"))
    for number in range(30):
        hotfix = plain(f"h{number}", revision=f"{number + 10:040x}", base_revision=sha("0"))
        assert (await opened(house, replace(hotfix, lineage="pull/7"))).along == ()
    goes_along(stopped, await opened(house, plain(base_revision=sha("a"))))
    assert MOST_ALONG > 30


@pytest.mark.parametrize(
    "elsewhere", [{"environment": "Production"}, {"repository": "acme/Payments-API"}]
)
async def test_the_place_is_spelt_otherwise(house: House, elsewhere: dict[str, Any]) -> None:
    stopped = await rejected(house)
    goes_along(stopped, await opened(house, plain(base_revision=sha("a"), **elsewhere)))


async def test_what_is_found_out_later_counts(house: House) -> None:
    stopped = await rejected(house, commits=(QUIET,))
    said = AiStatement(assisted=True, tools=("cursor",), prompted_by=who("grace"))
    await house.signoffs.see(Sighting(marked(key="", environment="", ai=said)))
    shipped = await opened(house, plain(base_revision=sha("a")))
    goes_along(stopped, shipped)
    assert "grace" in shipped.contributors.people


async def test_asked_again_what_was_found_is_not_forgotten(house: House) -> None:
    said = AiStatement(assisted=True, tools=("cursor",))
    stopped = await rejected(house, ai=said, commits=(QUIET,), lineage="")
    expired = await opened(house, plain(reply_to={}, lineage=""))
    house.clock.now += hours(100)
    await house.signoffs.pass_deadlines()
    goes_along(stopped, await house.signoffs.renew(await house.now(expired), by="jun"))


async def test_an_approval_of_the_identical_change_is_not_kept_for_more(tmp_path: Path) -> None:
    """What was stopped listed no commits, and touched the same file: it is not contained in mine."""
    chat = FakeChat(seen={it.slack: Seen(member=True) for it in ROSTER.people.values()})
    policy = a_policy(a_rule(carry=True))
    async with a_house(tmp_path, policy=policy, chat=chat) as house:
        await house.circumstances.beat()
        mine = (replace(a_file("refunds/a.py", 1), digest="mine"),)
        before = plain("p1", files=mine, revision=sha("1"), base_branch="main")
        await approved(house, await opened(house, before))
        other = FileChange(path="refunds/a.py", additions=9_000, digest="theirs")
        stopped = await rejected(house, commits=(), commits_complete=False, files=(other,))
        rebased = plain("p2", files=mine, revision=sha("2"), base_revision=sha("a"))
        shipped = await opened(house, replace(rebased, base_branch="main"))
        assert shipped.along == (stopped.id,)
        assert shipped.status is Status.PENDING
        assert shipped.change.additions == 9_001


async def test_large_messages_do_not_pile_up(house: House) -> None:
    long = replace(BY_AI, message=BY_AI.message + "\n" + "x" * 100_000)
    for number in range(5):
        change = marked(key=str(number), revision=f"{number:040x}", lineage="", commits=(long,))
        last = await opened(house, replace(change, commits=(replace(long, sha=f"{number:040x}"),)))
    assert len(last.along) == 1
    assert len(last.change.commits) == 5
    assert sum(len(commit.message) for commit in last.change.commits) < 110_000
    assert last.provenance.status is AiStatus.ASSISTED
