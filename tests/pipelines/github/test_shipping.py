"""What ships is all that was merged since what went on, whatever one pull request shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.change import Change
from bot.ports import Undelivered
from tests.pipelines.github.fake_github import ACME, BASE, JUN, a_commit, a_file, by
from tests.pipelines.meeting import SHA, Meeting, meeting

HEAD, OTHER, SQUASHED, RUNS = "5a" * 20, "c" * 40, "d" * 40, "e" * 40
PLACE = ("acme/payments-api", "production")
MERGED = "2026-11-21T10:00:00Z"
EVE = {"login": "eve", "type": "User", "id": 502}
BY_CLAUDE = {"message": "Pay\n\nCo-Authored-By: Claude <noreply@anthropic.com>"}


def is_whole(change: Change) -> tuple[bool, bool]:
    return change.files_complete, change.commits_complete


def shas(change: Change) -> set[str]:
    return {it.sha for it in change.commits}


def from_main(sha: str) -> dict[str, Any]:
    return {"sha": sha, "ref": "main", "user": ACME}


def merge_both(here: Meeting, *, status: str = "ahead", **said: Any) -> None:
    """#11 was squashed, and its run cancelled; #12 was merged on top of it, and its run asks."""
    hidden = [by("eve", OTHER, commit=BY_CLAUDE)]
    files = [a_file("payments/pay.py"), a_file("CODEOWNERS")]
    here.github.add_pull(
        11,
        head=OTHER,
        commits=hidden,
        files=files,
        **({"merged_at": MERGED, "merge_commit_sha": SQUASHED, "user": EVE} | said),
        labels=[{"name": "risky"}],
    )
    merge_last(
        here, base=from_main(SQUASHED), status=status, extra=[a_commit(SQUASHED)], files=files
    )


def merge_last(
    here: Meeting,
    *,
    base: dict[str, Any],
    extra: list[dict[str, Any]],
    files: list[dict[str, Any]],
    status: str = "ahead",
) -> None:
    mine, readme = [a_commit(HEAD)], a_file("README.md")
    merged = {"merged_at": MERGED, "merge_commit_sha": SHA, "base": base}
    here.github.add_pull(12, head=HEAD, commits=mine, files=[readme], **merged)
    commits = [*extra, *mine, a_commit(SHA)]
    here.github.between(BASE, SHA, commits=commits, files=[*files, readme], status=status)


async def test_what_was_merged_before_and_never_asked_about_is_seen() -> None:
    async with meeting() as here:
        merge_both(here)
        change = await here.read()
    assert set(change.paths) == {"README.md", "payments/pay.py", "CODEOWNERS"}
    assert shas(change) == {OTHER, SQUASHED, HEAD, SHA}
    assert any("Claude" in it.message for it in change.commits)
    assert is_whole(change) == (True, True)
    assert change.base_revision == BASE
    assert change.labels == ("risky",)
    assert "eve" in [it.login for it in change.pushers]


async def test_what_it_gives_itself_does_not_bind() -> None:
    """Its own base has the owners and the policy that the other brought."""
    async with meeting() as here:
        merge_both(here)
        for at, said in ((BASE, "* @payments\n"), (SQUASHED, "* @eve\n"), (SHA, "* @eve\n")):
            here.github.put("CODEOWNERS", said, at=at)
            here.github.put(".countersign.yaml", f"rules: [] # {said}", at=at)
        change = await here.read()
    assert "@payments" in [who for it in change.owners or () for who in it.owners]
    assert "rules: [] # * @payments\n" in change.policies


async def test_owners_that_cannot_be_read_there_are_unknown() -> None:
    async with meeting() as here:
        merge_both(here)
        here.github.put("CODEOWNERS", b"\xff", at=BASE)
        assert (await here.read()).owners is None


async def test_the_pull_request_alone_is_as_whole_as_it_was_and_costs_one_question() -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        change = await here.read()
        assert len(here.asked(f"/compare/{BASE}...{SHA}")) == 1
        assert here.asked("/commits/") == [
            f"GET /repos/acme/payments-api/commits/{SHA}/pulls?per_page=100"
        ]
    assert is_whole(change) == (True, True)
    assert (change.base_revision, change.paths) == (BASE, ("README.md",))


async def test_where_nothing_went_on_nobody_says_what_ships() -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        here.went_on.clear()
        change = await here.read()
        assert here.asked("/compare/") == []
    assert is_whole(change) == (False, False)
    assert change.paths == ("README.md",)


@pytest.mark.parametrize("known", [RUNS, "v1.2", "../../../user", "b" * 7, BASE + "\n"])
async def test_a_revision_that_github_does_not_know_proves_nothing(known: str) -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        here.went_on[PLACE] = known
        change = await here.read()
        assert not [it for it in here.asked("/compare/") if known != RUNS]
    assert is_whole(change) == (False, False)


@pytest.mark.parametrize("status", [404, 406, 422])
async def test_what_github_does_not_compare_proves_nothing(status: int) -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        here.github.fail("/compare/", status)
        assert is_whole(await here.read()) == (False, False)


@pytest.mark.parametrize("status", [401, 500, 503])
async def test_what_it_cannot_compare_now_is_asked_for_again(status: int) -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        here.github.fail("/compare/", status, times=9)
        with pytest.raises(Undelivered) as caught:
            await here.read()
    assert not caught.value.final


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ({}, (True, True)),
        ({"files": None}, (False, True)),
        ({"total_commits": None}, (True, False)),
        ({"total_commits": 3}, (True, False)),
        ({"commits": []}, (True, False)),
        ({"status": None}, None),
    ],
)
async def test_a_comparison_that_does_not_say_all(
    said: dict[str, Any], whole: tuple[bool, bool] | None
) -> None:
    commits = [a_commit(HEAD), a_commit(SHA)]
    answer = {"status": "ahead", "total_commits": 2, "commits": commits, "files": []} | said
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        here.github.fail("/compare/", 200, body=json.dumps(answer).encode(), times=9)
        if whole is None:
            with pytest.raises(Undelivered):
                await here.read()
        else:
            assert is_whole(await here.read()) == whole


async def test_what_is_there_already_is_as_whole_as_it_was() -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(OTHER), extra=[], files=[])
        here.went_on[PLACE] = SHA
        change = await here.read()
        assert here.asked("/compare/") == []
    assert is_whole(change) == (True, True)
    assert change.base_revision == ""  # of a merged one it is where the branch was when it was made


@pytest.mark.parametrize("status", ["behind", "diverged", "identical", "", "new word"])
async def test_going_back_or_to_another_line_is_never_whole(status: str) -> None:
    """A hotfix runs, say, and the main branch does not hold it."""
    async with meeting() as here:
        merge_both(here, status=status)
        change = await here.read()
    assert is_whole(change) == (False, False)
    assert change.base_revision == ""
    if status == "diverged":
        assert OTHER in shas(change)
        assert "payments/pay.py" in change.paths


async def test_a_revert_shows_what_it_takes_back() -> None:
    async with meeting() as here:
        merge_last(here, base=from_main(OTHER), extra=[], files=[])
        here.went_on[PLACE] = OTHER
        commits = [a_commit(HEAD), a_commit(SHA)]
        here.github.between(OTHER, SHA, commits=commits, files=[a_file("pay.py", status="removed")])
        change = await here.read()
    assert set(change.paths) == {"README.md", "pay.py"}
    assert (is_whole(change), change.base_revision) == ((True, True), OTHER)


async def test_what_cancels_out_is_still_shown() -> None:
    """A and its revert: nothing changes, and the pull request that asks says what it touched."""
    async with meeting() as here:
        merge_both(here)
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        here.github.between(BASE, SHA, commits=commits, files=[])
        change = await here.read()
    assert change.paths == ("README.md",)
    assert OTHER in shas(change)


async def test_commits_of_a_rebase_are_found_by_their_pull_request() -> None:
    """They have other names than those that were proposed."""
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[by("jun", RUNS)], files=[])
        pull = {"number": 12, "head": {"sha": HEAD}, "base": from_main(BASE), "merged_at": MERGED}
        answer = json.dumps([pull]).encode()
        here.github.fail(f"/commits/{RUNS}/pulls", 200, body=answer)
        change = await here.read()
    assert is_whole(change) == (True, True)
    assert RUNS in shas(change)


@pytest.mark.parametrize(
    "said",
    [
        {"merged_at": None, "state": "open"},
        {"merged_at": None, "state": "closed"},
        {"base": {"sha": BASE, "ref": "release", "user": ACME}},
        {"counts": {"commits": 2}},
        {"merge_commit_sha": None},
    ],
)
async def test_commits_of_nobody_known_in_full_are_not_all(said: dict[str, Any]) -> None:
    """Somebody may have pushed them."""
    async with meeting() as here:
        merge_both(here, **said)
        change = await here.read()
    assert is_whole(change) == (True, False)
    assert "payments/pay.py" in change.paths


async def test_of_two_that_brought_it_nobody_says_which() -> None:
    async with meeting() as here:
        merge_both(here)
        for number in (11, 13):
            here.github.add_pull(
                number,
                head=OTHER,
                commits=[by("eve", SQUASHED), by("eve", OTHER)],
                merged_at=MERGED,
            )
        assert is_whole(await here.read()) == (True, False)


async def test_of_two_the_one_that_was_merged_as_it_brought_it() -> None:
    async with meeting() as here:
        merge_both(here)
        commits = [by("eve", SQUASHED), by("eve", RUNS)]
        here.github.add_pull(13, head=RUNS, commits=commits, merged_at=MERGED)
        change = await here.read()
    assert is_whole(change) == (True, True)
    assert RUNS not in shas(change)


async def test_what_an_open_one_would_be_merged_as_is_not_its_own() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, merge_commit_sha=SQUASHED)
        files = [a_file("refunds/retry.py")]
        here.github.between(BASE, SHA, commits=[a_commit(SHA)], files=files)
        assert is_whole(await here.read()) == (True, True)
        commits = [a_commit(SQUASHED), a_commit(SHA)]
        here.github.between(BASE, SHA, commits=commits, files=files)
        assert is_whole(await here.read()) == (True, False)


async def test_a_file_is_shown_as_it_changes_since_what_went_on() -> None:
    async with meeting() as here:
        merge_both(here)
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        here.github.between(BASE, SHA, commits=commits, files=[a_file("README.md", additions=99)])
        [file] = (await here.read()).files
    assert file.additions == 99


async def test_others_hide_behind_no_long_pull_request() -> None:
    """GitHub shows the first three hundred files alone."""
    files = [a_file(f"{n}.py") for n in range(301)]
    async with meeting() as here:
        merge_both(here)
        merged = {"merged_at": MERGED, "merge_commit_sha": SHA, "base": from_main(SQUASHED)}
        here.github.add_pull(12, head=HEAD, files=files, **merged)
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        here.github.between(BASE, SHA, commits=commits, files=[*files, a_file("z.py")])
        assert is_whole(await here.read()) == (False, True)


@pytest.mark.parametrize(("count", "whole"), [(5, True), (6, False)])
async def test_up_to_five_others_are_read(count: int, whole: bool) -> None:
    async with meeting() as here:
        extra = []
        for number in range(count):
            head, merged_as = f"{number:040x}", f"{number + 100:040x}"
            merged = {"merged_at": MERGED, "merge_commit_sha": merged_as, "user": JUN}
            here.github.add_pull(20 + number, head=head, commits=[by("eve", head)], **merged)
            extra.append(a_commit(merged_as))
        merge_last(here, base=from_main(BASE), extra=extra, files=[a_file("x.py")])
        change = await here.read()
        assert len({it for it in here.asked("/pulls/2") if "/commits" in it}) == 5
    assert is_whole(change) == (True, whole)


async def test_no_more_than_ten_commits_are_asked_about() -> None:
    async with meeting() as here:
        extra = [a_commit(f"{n:040x}") for n in range(40)]
        merge_last(here, base=from_main(BASE), extra=extra, files=[])
        change = await here.read()
        assert len(here.asked("/pulls?per_page")) == 11  # with the one that asks
    assert is_whole(change) == (True, False)
    assert len(change.commits) == 42


@pytest.mark.parametrize(("count", "whole"), [(299, True), (301, False)])
async def test_more_commits_than_github_compares_are_not_all(count: int, whole: bool) -> None:
    async with meeting() as here:
        extra = [a_commit(f"{n:040x}") for n in range(count - 2)]
        merged = {"merged_at": MERGED, "merge_commit_sha": extra[-1]["sha"]}
        for start in (0, 150):
            some = extra[start : start + 150]
            merged["merge_commit_sha"] = some[-1]["sha"]
            here.github.add_pull(20 + start, head=some[-1]["sha"], commits=some, **merged)
        merge_last(here, base=from_main(BASE), extra=extra, files=[])
        assert is_whole(await here.read()) == (True, whole)


@pytest.mark.parametrize(("count", "whole"), [(299, True), (300, False)])
async def test_files_are_all_below_what_github_compares(count: int, whole: bool) -> None:
    async with meeting() as here:
        merge_both(here)
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        files = [a_file(f"{n}.py") for n in range(count)]
        here.github.between(BASE, SHA, commits=commits, files=files)
        assert is_whole(await here.read()) == (whole, True)


async def test_a_comparison_that_contradicts_a_long_pull_request_makes_it_doubtful() -> None:
    files = [a_file(f"{n}.py") for n in range(301)]
    async with meeting() as here:
        merged = {"merged_at": MERGED, "merge_commit_sha": SHA}
        here.github.add_pull(head=HEAD, files=files, **merged)
        same = await here.read()
        here.github.between(BASE, SHA, commits=[a_commit(SHA)], files=[a_file("b.py"), *files])
        other = await here.read()
    assert is_whole(same) == (True, True)
    assert is_whole(other) == (False, True)


@pytest.mark.parametrize("name", ["a\u202eb", "a/../b"])
async def test_a_name_that_rules_cannot_be_compared_with_is_not_all(name: str) -> None:
    async with meeting() as here:
        merge_both(here)
        commits = [a_commit(SQUASHED), a_commit(HEAD), a_commit(SHA)]
        here.github.between(BASE, SHA, commits=commits, files=[a_file(name)])
        assert not (await here.read()).files_complete


async def test_a_commit_of_no_pull_request_brings_all_and_is_not_whole() -> None:
    async with meeting() as here:
        here.github.add_commit(SHA)
        commits = [by("eve", OTHER, commit=BY_CLAUDE), a_commit(SHA)]
        here.github.between(BASE, SHA, commits=commits, files=[a_file("payments/pay.py")])
        change = await here.read()
    assert is_whole(change) == (False, False)
    assert shas(change) == {OTHER, SHA}
    assert "payments/pay.py" in change.paths


async def test_a_merge_that_github_made_makes_nobody_its_author() -> None:
    """Only the one that ships, and only if GitHub made it."""
    parents = [{"sha": BASE}, {"sha": HEAD}]
    forge = {"name": "GitHub", "email": "noreply@github.com"}
    made = {"message": "Merge pull request #12", "author": {"name": "Ada"}, "committer": forge}
    async with meeting() as here:
        merge_last(here, base=from_main(BASE), extra=[], files=[])
        joined = a_commit(SHA, parents=parents, commit=made)
        here.github.between(BASE, SHA, commits=[a_commit(HEAD), joined])
        assert shas(await here.read()) == {HEAD}
        joined = a_commit(SHA, parents=parents)
        here.github.between(BASE, SHA, commits=[a_commit(HEAD), joined])
        assert shas(await here.read()) == {HEAD, SHA}
        merge_both(here)
        earlier = a_commit(SQUASHED, parents=parents, commit=made)
        here.github.between(BASE, SHA, commits=[earlier, a_commit(HEAD), a_commit(SHA)])
        assert SQUASHED in shas(await here.read())
        joined = a_commit(SHA, commit=made)
        here.github.between(BASE, SHA, commits=[a_commit(HEAD), joined])
        assert shas(await here.read()) == {HEAD, SHA}
