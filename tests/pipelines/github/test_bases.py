"""Only a pull request into the default branch says what a deployment changes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change
from bot.pipelines.github.payloads import PullRequest, judged_by, lineage
from bot.ports import Undelivered
from tests.pipelines.github.fake_github import ACME, BASE, a_commit, a_file
from tests.pipelines.meeting import SHA, Meeting, meeting

EVIL, HIDDEN, TIP = "e" * 40, "d" * 40, "7" * 40
POLICY = "rules: []\n"
HOME = {"id": 7, "full_name": "acme/payments-api"}


def into(ref: str, sha: str = BASE) -> dict[str, Any]:
    return {"sha": sha, "ref": ref, "user": ACME}


def add_honest(here: Meeting, **said: Any) -> None:
    commits = [a_commit(HIDDEN), a_commit(SHA)]
    files = [a_file("README.md"), a_file("auth/login.py")]
    here.github.add_pull(12, head=SHA, commits=commits, files=files, **said)


def add_evil(here: Meeting, number: int = 11, **said: Any) -> None:
    """Its base holds the other commit already."""
    base = {"base": into("evil", EVIL)} | said
    here.github.add_pull(number, head=SHA, files=[a_file("README.md")], **base)


def unknown(change: Change) -> bool:
    """Whether it is judged like a commit without a pull request."""
    incomplete = not change.files_complete and not change.commits_complete
    return incomplete and change.owners is None and change.base_branch == ""


async def test_a_pull_request_into_the_default_branch_is_the_one() -> None:
    async with meeting() as here:
        add_honest(here)
        change = await here.read()
    assert "auth/login.py" in change.paths
    assert (change.files_complete, change.base_branch) == (True, "main")


async def test_one_into_a_branch_of_ones_own_is_like_none() -> None:
    async with meeting() as here:
        add_evil(here)
        change = await here.read()
    assert unknown(change)
    assert change.link.endswith(f"/commit/{SHA}")


@pytest.mark.parametrize("number", [11, 13])
async def test_two_that_ship_it_into_different_branches_are_like_none(number: int) -> None:
    async with meeting() as here:
        add_honest(here)
        add_evil(here, number)
        here.github.put("CODEOWNERS", "* @my-alt\n", at=EVIL)
        assert unknown(await here.read())


async def test_two_that_ship_it_into_the_default_branch_are_judged() -> None:
    async with meeting() as here:
        add_evil(here, 13, base=into("main"))
        add_honest(here)
        change = await here.read()
    assert (change.lineage, change.files_complete) == ("pull/12", True)


async def test_evidence_stays_where_it_was_though_the_pull_request_goes_elsewhere() -> None:
    async with meeting() as here:
        add_honest(here)
        first = await here.read()
        here.github.say(12, base=into("evil", EVIL))
        second = await here.read()
    assert unknown(second)
    assert first.lineage == second.lineage == "pull/12"


async def test_evidence_is_looked_for_at_the_one_into_the_default_branch() -> None:
    async with meeting() as here:
        add_honest(here)
        add_evil(here)
        assert (await here.read()).lineage == "pull/12"


async def test_the_policy_of_the_default_branch_binds_whatever_the_other_base_says() -> None:
    async with meeting() as here:
        add_evil(here)
        here.github.move("main", TIP)
        here.github.put(".countersign.yaml", POLICY, at=TIP)
        here.github.put(".countersign.yaml", "eve: 1\n", at=EVIL)
        assert (await here.read()).policies == (POLICY,)


async def test_a_default_branch_that_cannot_be_found_stops_the_change() -> None:
    async with meeting() as here:
        add_evil(here)
        here.github.fail("/git/ref/heads/main", 404, body=b'{"message": "Not Found"}')
        with pytest.raises(Undelivered):
            await here.read()


@pytest.mark.parametrize("said", [{}, {"repository": HOME}])
async def test_the_default_branch_may_have_any_name(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.github.default_branch = "trünk/{1}#"
        here.github.move("trünk/{1}#", TIP)
        here.github.put(".countersign.yaml", POLICY, at=TIP)
        add_honest(here)
        foreign = await here.read(**said)
        add_honest(here, base=into("trünk/{1}#"))
        own = await here.read(**said)
    assert unknown(foreign)
    assert foreign.policies == (POLICY,)
    assert own.files_complete


@pytest.mark.parametrize(("said", "asked"), [({}, 0), ({"repository": HOME}, 1)])
async def test_github_is_asked_for_it_where_the_delivery_does_not_say(
    said: dict[str, Any], asked: int
) -> None:
    async with meeting() as here:
        add_honest(here)
        assert (await here.read(**said)).files_complete
        assert here.github.calls.count("GET /repos/acme/payments-api") == asked


async def test_without_a_default_branch_nothing_goes_on() -> None:
    async with meeting() as here:
        add_honest(here)
        here.github.default_branch = ""
        with pytest.raises(Undelivered, match="cannot be read"):
            await here.read(repository=HOME)


async def test_one_that_goes_elsewhere_while_we_ask_is_like_none() -> None:
    async with meeting() as here:
        add_honest(here)
        here.github.meanwhile("/pulls?", lambda: here.github.say(12, base=into("evil", EVIL)))
        assert unknown(await here.read())


async def test_one_that_goes_elsewhere_while_its_files_are_listed_is_doubtful() -> None:
    async with meeting() as here:
        add_honest(here)
        here.github.meanwhile("/12/files", lambda: here.github.say(12, base=into("evil", EVIL)))
        change = await here.read()
    assert (change.files_complete, change.commits_complete) == (False, False)


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ({"state": "open"}, True),
        ({"state": "closed"}, False),
        ({"state": "closed", "merged_at": "2026-11-21T10:00:00Z"}, True),
    ],
)
async def test_one_that_was_given_up_ships_nothing(said: dict[str, Any], whole: bool) -> None:
    async with meeting() as here:
        add_honest(here, **said)
        change = await here.read()
    assert (change.files_complete, change.commits_complete) == (whole, whole)


def a_pull(number: int, ref: str, head: str = SHA) -> PullRequest:
    said = {"number": number, "head": {"sha": head}, "base": into(ref)}
    return PullRequest.model_validate(said)


def test_one_that_only_holds_it_does_not_make_another_doubtful() -> None:
    pulls = [a_pull(11, "evil", head=HIDDEN), a_pull(12, "main")]
    assert judged_by(pulls, SHA, "main") == pulls[1]
    assert judged_by([a_pull(11, "evil"), pulls[1]], SHA, "main") is None


def test_a_base_without_a_name_is_not_the_default_branch() -> None:
    assert judged_by([a_pull(11, "")], SHA, "main") is None
    assert judged_by([], SHA, "main") is None


def test_where_there_is_no_pull_request_there_is_no_lineage() -> None:
    assert lineage([], SHA, "main") == ""
    assert lineage([a_pull(11, "evil")], SHA, "main") == "pull/11"
