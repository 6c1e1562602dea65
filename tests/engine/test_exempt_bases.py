"""Does one lie hide commits from what comes after it? Nobody vouches for what a secret alone states."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import Commit
from bot.domain.conditions import When
from bot.domain.policy import Demand, Rule
from bot.domain.signoff import Signoff, Status, Verdict
from bot.domain.unshipped import Stating
from tests.builders import a_click, a_file, a_policy, a_rule, sha, who
from tests.engine.house import House, a_house
from tests.engine.test_deployed_again import landed, unasked

POLICY = a_policy(
    a_rule("code", when=When(environment=("production",), none=(When(branch=("docs",)),))),
    Rule(name="docs", when=When(branch=("docs",)), require=Demand(approvals=0)),
)
HERE = ("payments-ci", "acme/payments-api", "production")
BY_SECRET: Stating = {"payments-ci": False}
BY_NAMED_WORKFLOWS: Stating = {"payments-ci": True}
FETCHED: Stating = {}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path, policy=POLICY) as made:
        made.signoffs.stating = BY_SECRET
        yield made


async def opened(house: House, key: str, revision: str, **facts: Any) -> Signoff:
    known = {
        "key": key,
        "author": "jun",
        "revision": sha(revision),
        "files": (a_file("refunds/x.py"),),
        "commits": (Commit(sha=sha(revision), author=who("jun")),),
        **facts,
    }
    return await house.open(**known)


async def exempt(house: House, revision: str = "e", **facts: Any) -> Signoff:
    """It says that it only touches a page, of a branch for which nobody has to sign."""
    page = (a_file("README.md"),)
    found = await opened(house, "exempt", revision, branch="docs", files=page, **facts)
    assert found.status is Status.NOT_REQUIRED
    return found


async def base(house: House) -> str:
    return await house.signoffs.went_on(*HERE)


@pytest.mark.parametrize(
    ("trust", "run", "moves"),
    [
        (BY_SECRET, "", False),
        (BY_SECRET, "https://token.example 17", False),
        (BY_NAMED_WORKFLOWS, "", False),
        (BY_NAMED_WORKFLOWS, "https://token.example 17", True),
        (FETCHED, "", True),
    ],
)
async def test_what_nobody_signed_is_compared_with_if_somebody_vouches_for_it(
    trust: Stating, run: str, moves: bool, house: House
) -> None:
    house.signoffs.stating = trust
    await house.review(await opened(house, "first", "1"))
    assert await base(house) == sha("1")
    await exempt(house, base_revision=sha("1"), run=run)
    assert await base(house) == sha("e" if moves else "1")


async def test_what_was_hidden_in_it_is_in_the_list_of_the_next(house: House) -> None:
    await house.review(await opened(house, "first", "1"))
    await exempt(house, base_revision=sha("1"))
    since = await base(house)
    assert since == sha("1")  # an honest job lists all since then, and signs for it
    hidden = Commit(sha=sha("e"), author=who("kim"))
    honest = await opened(
        house,
        "honest",
        "f",
        base_revision=since,
        files=(a_file("refunds/x.py"), a_file("refunds/evil.py")),
        commits=(hidden, Commit(sha=sha("f"), author=who("jun"))),
    )
    assert "kim" in honest.contributors.people
    assert "refunds/evil.py" in [it.path for it in honest.change.files]
    assert honest.along == ()
    await house.review(honest)
    assert await base(house) == sha("f")


@pytest.mark.parametrize(("trust", "goes"), [(BY_SECRET, True), (FETCHED, False)])
async def test_nor_does_it_sign_for_what_was_stopped(
    trust: Stating, goes: bool, house: House
) -> None:
    """A is rejected; an exempt change has it in it, and so has what is built upon that."""
    house.signoffs.stating = trust
    stopped = await opened(house, "stopped", "a")
    no = a_click(stopped, "ada")
    await house.signoffs.review(no, Verdict.REJECT, "not safe to ship yet")
    between = await exempt(house, base_revision=sha("a"))
    assert between.along == (stopped.id,)
    after = await opened(house, "after", "b", base_revision=sha("e"))
    assert (after.along == (stopped.id,)) is goes


async def test_an_exempt_change_is_shipped_twice_and_nobody_is_woken(house: House) -> None:
    """It is no base, and so not older than the one there is."""
    await house.review(await opened(house, "first", "1"))
    found = await exempt(house, base_revision=sha("1"))
    for _ in range(2):
        await house.signoffs.shipped(landed(found.change))
    assert await unasked(house) == []
