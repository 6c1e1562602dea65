"""What ships is all that was merged since what went on, whatever one merge request shows."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change, Mark
from bot.ports import Undelivered
from tests.pipelines.gitlab.fake_gitlab import EVE, START, a_build, a_commit, a_diff
from tests.pipelines.gitlab.meeting import SHA, Meeting, meeting

HEAD, OTHER, SQUASHED, RUNS = "5a" * 20, "c" * 40, "d" * 40, "e" * 40
PLACE = ("acme/payments-api", "production")
BY_CLAUDE = "Pay\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


def is_whole(change: Change) -> tuple[bool, bool]:
    return change.files_complete, change.commits_complete


def shas(change: Change) -> set[str]:
    return {it.sha for it in change.commits}


def refs(start: str, head: str) -> dict[str, str]:
    return {"base_sha": start, "head_sha": head, "start_sha": start}


def merge_both(here: Meeting, *, merge_base: str = "", **said: Any) -> None:
    """!11 was squashed, and its pipeline cancelled; !12 was merged on top of it, and its job waits."""
    pay = [a_diff("payments/pay.py"), a_diff("CODEOWNERS")]
    hidden = [a_commit(OTHER, message=BY_CLAUDE)]
    other = {"squash_commit_sha": SQUASHED, "author": EVE, "labels": ["risky"]} | said
    here.gitlab.add_request(11, head=OTHER, commits=hidden, diffs=pay, **other)
    merge_last(here, start=SQUASHED)
    commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
    diffs = [*pay, a_diff("README.md")]
    here.gitlab.between(START, SHA, commits=commits, diffs=diffs, merge_base=merge_base)


def merge_last(here: Meeting, *, start: str = START) -> None:
    here.gitlab.add_job(657, sha=SHA)
    here.gitlab.add_commit(SHA)
    here.gitlab.add_request(
        12,
        head=HEAD,
        diffs=[a_diff("README.md")],
        merge_commit_sha=SHA,
        diff_refs=refs(start, HEAD),
    )
    here.gitlab.put("x", "x", at=start)


async def test_what_was_merged_before_and_never_asked_about_is_seen() -> None:
    async with meeting() as here:
        merge_both(here)
        change = await here.read()
    assert set(change.paths) == {"README.md", "payments/pay.py", "CODEOWNERS"}
    assert shas(change) == {OTHER, SQUASHED, HEAD, SHA}
    assert any("Claude" in it.message for it in change.commits)
    assert is_whole(change) == (True, True)
    assert change.base_revision == START
    assert change.labels == ("refunds", "risky")
    assert "eve" in [it.login for it in change.pushers]


async def test_what_it_gives_itself_does_not_bind() -> None:
    """Where its target stood are the owners and the policy that the other brought."""
    async with meeting() as here:
        merge_both(here)
        for at, said in ((START, "* @payments\n"), (SQUASHED, "* @eve\n"), (SHA, "* @eve\n")):
            here.gitlab.put("CODEOWNERS", said, at=at)
            here.gitlab.put(".countersign.yaml", f"rules: [] # {said}", at=at)
        change = await here.read()
    assert "@payments" in [who for it in change.owners or () for who in it.owners]
    assert "rules: [] # * @payments\n" in change.policies


async def test_the_merge_request_alone_is_as_whole_as_it_was_and_costs_two_questions() -> None:
    async with meeting() as here:
        merge_last(here)
        change = await here.read()
        assert (len(here.calls("merge_base")), len(here.calls("..")), here.calls("compare")) == (
            *(1, 1),
            [],
        )
    assert is_whole(change) == (True, True)
    assert (change.base_revision, change.paths) == (START, ("README.md",))


async def test_where_nothing_went_on_nobody_says_what_ships() -> None:
    async with meeting() as here:
        merge_last(here)
        here.went_on.clear()
        change = await here.read()
        assert here.calls("merge_base") == []
    assert (is_whole(change), change.paths) == ((False, False), ("README.md",))


async def test_every_environment_is_compared_with_its_own() -> None:
    builds = [a_build(657), a_build(658, environment={"name": "staging", "action": "start"})]
    async with meeting() as here:
        merge_last(here)
        here.gitlab.add_job(658, sha=SHA)
        one, other = await here.read_all(builds=builds)
    assert (one.environment, is_whole(one)) == ("production", (True, True))
    assert (other.environment, is_whole(other)) == ("staging", (False, False))


@pytest.mark.parametrize("known", [RUNS, "v1.2", "../../../user", "b" * 7, START + "\n"])
async def test_a_revision_that_gitlab_does_not_know_proves_nothing(known: str) -> None:
    async with meeting() as here:
        merge_last(here)
        here.went_on[PLACE] = known
        change = await here.read()
        assert bool(here.calls("merge_base")) is (known == RUNS)
    assert is_whole(change) == (False, False)


async def test_what_is_there_already_is_as_whole_as_it_was() -> None:
    async with meeting() as here:
        merge_last(here)
        here.went_on[PLACE] = SHA
        assert is_whole(await here.read()) == (True, True)
        assert here.calls("merge_base") == []


async def test_another_line_is_never_whole() -> None:
    """A hotfix runs, say, and the main branch does not hold it."""
    async with meeting() as here:
        merge_both(here, merge_base=RUNS)
        change = await here.read()
    assert is_whole(change) == (False, False)
    assert change.base_revision == ""
    assert OTHER in shas(change)
    assert "payments/pay.py" in change.paths


async def test_going_back_is_never_whole() -> None:
    async with meeting() as here:
        merge_last(here)
        here.gitlab.between(START, SHA, commits=[], merge_base=SHA)
        assert is_whole(await here.read()) == (False, False)


async def test_a_list_without_what_ships_is_another_one() -> None:
    async with meeting() as here:
        merge_last(here)
        here.gitlab.between(START, SHA, commits=[a_commit(HEAD)])
        assert is_whole(await here.read()) == (False, False)


@pytest.mark.parametrize(
    "said",
    [
        {"merged_at": None, "state": "opened"},
        {"merged_at": None, "state": "closed"},
        {"target_branch": "release"},
        {"target_project_id": 8},
        {"updated_at": None},
        {"sha": RUNS},
    ],
)
async def test_commits_of_nobody_known_in_full_are_not_all(said: dict[str, Any]) -> None:
    """Somebody may have pushed them."""
    async with meeting() as here:
        merge_both(here, **said)
        change = await here.read()
    assert is_whole(change) == (False, False)
    assert "payments/pay.py" in change.paths


@pytest.mark.parametrize(("merged_as", "whole"), [(None, False), (SQUASHED, True)])
async def test_of_two_the_one_that_was_merged_as_it_brought_it(
    merged_as: str | None, whole: bool
) -> None:
    async with meeting() as here:
        merge_both(here, squash_commit_sha=merged_as)
        for number in (11, 13) if merged_as is None else (13,):
            commits = [a_commit(SQUASHED), a_commit(RUNS)]
            here.gitlab.add_request(number, head=RUNS, commits=commits)
        change = await here.read()
    assert is_whole(change) == (whole, whole)
    assert RUNS not in shas(change)


async def test_a_file_is_shown_as_it_changes_since_what_went_on() -> None:
    async with meeting() as here:
        merge_both(here)
        longer = a_diff("README.md", diff="@@ -1,1 +1,2 @@\n-before\n+after\n+more\n")
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        shorter = a_diff("README.md", diff="@@ -1,1 +1,1 @@\n-before\n+after\n")
        here.gitlab.add_request(11, head=OTHER, diffs=[longer], squash_commit_sha=SQUASHED)
        here.gitlab.between(START, SHA, commits=commits, diffs=[shorter])
        [file] = (await here.read()).files
    assert (file.additions, file.counted) == (1, True)


async def test_files_are_not_all_where_those_of_another_are_not() -> None:
    async with meeting() as here:
        merge_both(here, changes_count="1000+")
        assert is_whole(await here.read()) == (False, True)


async def test_what_no_comparison_shows_and_two_changed_was_not_seen() -> None:
    async with meeting() as here:
        merge_both(here)
        longer = a_diff("README.md", diff="@@ -1,1 +1,2 @@\n-before\n+after\n+more\n")
        here.gitlab.add_request(11, head=OTHER, diffs=[longer], squash_commit_sha=SQUASHED)
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        here.gitlab.between(START, SHA, commits=commits)
        [file] = (await here.read()).files
    assert (file.additions, file.counted, file.digest) == (4, False, "")
    assert Mark.UNSEEN in file.marks


@pytest.mark.parametrize(("count", "whole"), [(5, True), (6, False)])
async def test_up_to_five_others_are_read(count: int, whole: bool) -> None:
    async with meeting() as here:
        extra = []
        for number in range(count):
            head, merged_as = f"{number:040x}", f"{number + 100:040x}"
            here.gitlab.add_request(20 + number, head=head, squash_commit_sha=merged_as)
            extra.append(a_commit(merged_as))
        merge_last(here)
        commits = [*extra, a_commit(HEAD), a_commit(SHA)]
        here.gitlab.between(START, SHA, commits=commits)
        change = await here.read()
        assert len([it for it in here.calls("/merge_requests/2") if "/commits" in it]) == 5
    assert is_whole(change) == (whole, whole)


async def test_no_more_than_ten_commits_are_asked_about() -> None:
    async with meeting() as here:
        merge_last(here)
        extra = [a_commit(f"{n:040x}") for n in range(40)]
        here.gitlab.between(START, SHA, commits=[*extra, a_commit(HEAD), a_commit(SHA)])
        change = await here.read()
        assert len(here.calls("/merge_requests?")) == 11  # with the one that asks
    assert is_whole(change) == (False, False)
    assert len(change.commits) == 42


async def test_a_commit_of_no_merge_request_brings_all_and_is_not_whole() -> None:
    async with meeting() as here:
        here.gitlab.add_job(657, sha=SHA)
        here.gitlab.add_commit(SHA)
        commits = [a_commit(OTHER, message=BY_CLAUDE), a_commit(SHA)]
        here.gitlab.between(START, SHA, commits=commits, diffs=[a_diff("payments/pay.py")])
        change = await here.read()
    assert is_whole(change) == (False, False)
    assert shas(change) == {OTHER, SHA}
    assert "payments/pay.py" in change.paths


async def test_files_that_gitlab_does_not_compare_are_those_of_both() -> None:
    async with meeting() as here:
        merge_both(here)
        here.gitlab.fail("/compare", 404)
        change = await here.read()
    assert set(change.paths) == {"README.md", "payments/pay.py", "CODEOWNERS"}
    assert is_whole(change) == (True, True)


async def test_the_merge_that_ships_makes_nobody_its_author() -> None:
    async with meeting() as here:
        merge_last(here)
        merge = a_commit(SHA, author_name="Ada", parent_ids=[START, HEAD])
        here.gitlab.between(START, SHA, commits=[a_commit(HEAD), merge])
        assert shas(await here.read()) == {HEAD}


@pytest.mark.parametrize(("status", "trouble"), [(500, True), (400, False), (404, False)])
async def test_what_gitlab_cannot_compare_now_is_asked_for_again(
    status: int, trouble: bool
) -> None:
    async with meeting() as here:
        merge_last(here)
        here.gitlab.fail("merge_base", status)
        if trouble:
            with pytest.raises(Undelivered) as caught:
                await here.read()
            assert not caught.value.final
        else:
            assert is_whole(await here.read()) == (False, False)
