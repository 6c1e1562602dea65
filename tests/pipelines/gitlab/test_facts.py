"""What we know of a change on GitLab, and what we must not believe to know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.change import Change, Identity, Mark, Touch
from bot.pipelines.governing import NO_POLICY
from bot.ports import Undelivered
from tests.pipelines.gitlab.fake_gitlab import START, a_commit, a_diff
from tests.pipelines.gitlab.meeting import SHA, Meeting, meeting

OPEN: dict[str, Any] = {"state": "opened", "merged_at": None}
OTHER = "c" * 40


async def a_change(here: Meeting, **said: Any) -> Change:
    """Of a job at SHA, with what GitLab was told to say of it."""
    here.gitlab.add_job(657, sha=SHA)
    return await here.read(**said)


def is_whole(change: Change) -> tuple[bool, bool]:
    return change.files_complete, change.commits_complete


@pytest.mark.parametrize("merged_as", ["merge_commit_sha", "squash_commit_sha"])
async def test_a_merge_is_traced_to_what_was_merged(merged_as: str) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=OTHER)
        here.gitlab.say(12, **{merged_as: SHA})
        change = await a_change(here)
    assert change.lineage == "merge_requests/12"
    assert is_whole(change) == (True, True)


async def test_without_a_merge_request_the_commit_speaks_and_is_not_all() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        change = await a_change(here)
        link = f"{here.gitlab.url}/acme/payments-api/-/commit/{SHA}"
    assert (change.title, change.author.email) == ("Retry refunds", "jun@acme.example")
    assert (change.link, change.branch, change.lineage) == (link, "main", "")
    assert change.paths == ("refunds/retry.py",)
    assert change.owners is None
    assert is_whole(change) == (False, False)


@pytest.mark.parametrize(
    "said",
    [
        {"target_branch": "release"},
        {"target_project_id": 8},
        {"state": "closed", "merged_at": None},
        {"sha": OTHER},
    ],
)
async def test_a_merge_request_that_does_not_ship_it_says_nothing_of_it(said: Any) -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=SHA, **said)
        change = await a_change(here)
    assert is_whole(change) == (False, False)
    assert change.labels == ()


async def test_one_that_goes_elsewhere_once_it_is_looked_at_says_nothing_of_it() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.meanwhile(
            f"{SHA}/merge_requests", lambda: here.gitlab.say(target_branch="release")
        )
        change = await a_change(here)
    assert (is_whole(change), change.base_branch) == ((False, False), "")


def _elsewhere_for_a_moment(here: Meeting, moment: int = 1) -> None:
    """After the first look it is sent to another branch, and back before the last."""
    small, whole = [a_diff("README.md")], [a_diff("payments/core.py")]
    request = here.gitlab.request()
    request["diffs"] = whole

    def back() -> None:
        request["diffs"] = whole
        here.gitlab.say(updated_at=f"2026-11-21T11:00:01.00{moment}Z")

    here.gitlab.meanwhile("/merge_requests/12", lambda: request.update(diffs=small))
    here.gitlab.meanwhile("/12/commits", back)


async def test_one_that_goes_elsewhere_and_back_is_read_once_more() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        _elsewhere_for_a_moment(here)
        change = await here.asked()
    assert (change.paths, is_whole(change)) == (("payments/core.py",), (True, True))


async def test_one_that_does_not_come_to_rest_is_not_known() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        _elsewhere_for_a_moment(here)
        here.gitlab.meanwhile("/12/commits", lambda: _elsewhere_for_a_moment(here, 2))
        change = await here.asked()
    assert (change.paths, is_whole(change)) == (("README.md",), (False, False))


async def test_without_a_time_nobody_knows_whether_it_was_changed_meanwhile() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **OPEN)
        here.gitlab.say(updated_at=None)
        assert is_whole(await here.asked()) == (False, False)


async def test_of_two_merge_requests_nobody_says_which_is_meant() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.add_request(13, head=SHA)
        assert is_whole(await a_change(here)) == (False, False)


async def test_what_rules_go_by_is_not_taken_from_a_delivery() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=SHA, target_branch="release")
        other = {"id": 7, "path_with_namespace": "acme/lax", "default_branch": "release"}
        change = await a_change(here, project=other)
    assert change.repository == "acme/payments-api"
    assert is_whole(change) == (False, False)


@pytest.mark.parametrize("links", [True, False])
async def test_all_pages_are_read(links: bool) -> None:
    commits = [a_commit(f"{n:040x}") for n in range(1, 230)] + [a_commit(SHA)]
    diffs = [a_diff(f"{n}.py") for n in range(90)]
    async with meeting() as here:
        here.gitlab.links = links
        here.gitlab.add_request(12, head=SHA, commits=commits, diffs=diffs)
        change = await a_change(here)
        assert here.calls("evil") == []
    assert (len(change.commits), len(change.files)) == (230, 90)
    assert is_whole(change) == (True, True)


async def test_more_commits_than_we_read_are_not_all() -> None:
    commits = [a_commit(SHA), *(a_commit(f"{n:040x}") for n in range(1, 1_001))]
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, commits=commits)
        assert is_whole(await a_change(here)) == (False, False)


@pytest.mark.parametrize("count", ["2", "1000+", "1+", "0", "", "one"])
async def test_files_are_not_all_unless_gitlab_counts_as_many(count: str) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, changes_count=count)
        assert is_whole(await a_change(here)) == (False, True)


@pytest.mark.parametrize("said", [{"diff_refs": None}, {"changes_count": None}])
async def test_a_merge_request_that_is_not_prepared_yet_is_asked_again(said: Any) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, **said)
        with pytest.raises(Undelivered) as caught:
            await a_change(here)
    assert not caught.value.final


async def test_a_commit_in_the_midst_of_a_merge_request_has_files_we_cannot_know() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=OTHER, commits=[a_commit(SHA), a_commit(OTHER)])
        change = await a_change(here)
    assert is_whole(change) == (False, False)
    assert change.lineage == "merge_requests/12"


@pytest.mark.parametrize("said", [{"sha": OTHER}, {"target_branch": "release"}])
async def test_what_moves_while_we_ask_is_not_known(said: Any) -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=SHA, **OPEN)
        here.gitlab.meanwhile("/merge_requests/12/commits", lambda: here.gitlab.say(**said))
        assert is_whole(await a_change(here)) == (False, False)


async def test_commits_without_the_head_are_of_another_push() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA)
        here.gitlab.add_request(12, head=SHA, merge_commit_sha=SHA, commits=[a_commit(OTHER)])
        assert is_whole(await a_change(here)) == (False, False)


@pytest.mark.trap(17)
async def test_both_names_of_a_renamed_file_are_kept() -> None:
    moved = a_diff("new.py", old_path="old.py", renamed_file=True, diff="")
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, diffs=[moved])
        change = await a_change(here)
    assert change.paths == ("new.py", "old.py")
    assert change.files[0].status == "renamed"
    assert Mark.UNSEEN not in change.files[0].marks


@pytest.mark.parametrize(
    "said",
    [
        {"too_large": True, "diff": ""},
        {"collapsed": True, "diff": ""},
        {"collapsed": True},
        {"too_large": True},
        {"diff": ""},
        {"diff": "", "renamed_file": True, "collapsed": None, "too_large": None},
        {"diff": None},
        {"diff": "@@ -1,9 +1,9 @@\n-before\n"},
    ],
)
async def test_what_gitlab_does_not_show_is_marked_as_unseen(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, diffs=[a_diff("refunds/retry.py", **said)])
        [file] = (await a_change(here)).files
    assert Mark.UNSEEN in file.marks
    assert not file.counted


@pytest.mark.parametrize(
    ("path", "said", "mark"),
    [
        ("logo.png", {"diff": "Binary files a/logo.png and b/logo.png differ\n"}, Mark.BINARY),
        ("run.sh", {"diff": "", "b_mode": "100755"}, Mark.EXECUTABLE),
        ("link", {"b_mode": "120000"}, Mark.SYMLINK),
        ("lib", {"b_mode": "160000"}, Mark.SUBMODULE),
        ("old", {"deleted_file": True, "a_mode": "120000", "b_mode": "0"}, Mark.SYMLINK),
    ],
)
async def test_what_a_diff_shows_is_marked(path: str, said: Any, mark: Mark) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, diffs=[a_diff(path, **said)])
        [file] = (await a_change(here)).files
    assert mark in file.marks


@pytest.mark.parametrize("path", ["a\u202eb", "a/../b", "/etc", "a\ufffd", "a//b", ""])
async def test_a_name_that_no_rule_can_be_compared_with_makes_files_unknown(path: str) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, diffs=[a_diff("x.py", old_path=path)])
        assert is_whole(await a_change(here)) == (False, True)


@pytest.mark.parametrize("place", ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"])
async def test_owners_are_those_of_the_target_branch(place: str) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.put(place, "[Money][2]\n/refunds/ @acme/payments\n")
        here.gitlab.put(place, "* @jun\n", at=SHA)
        [owned] = (await a_change(here)).owners or ()
    assert (owned.owners, owned.approvals, owned.section) == (("@acme/payments",), 2, "Money")


async def test_the_first_codeowners_counts() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.put("CODEOWNERS", "* @first\n")
        here.gitlab.put(".gitlab/CODEOWNERS", "* @third\n")
        [owned] = (await a_change(here)).owners or ()
    assert owned.owners == ("@first",)


async def test_who_changes_codeowners_answers_to_both() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, diffs=[a_diff("CODEOWNERS")])
        here.gitlab.put("CODEOWNERS", "* @before\n")
        here.gitlab.put("CODEOWNERS", "* @after\n", at=SHA)
        owned = (await a_change(here)).owners or ()
    assert [it.owners for it in owned] == [("@before",), ("@after",)]


@pytest.mark.parametrize(
    ("where", "status"), [("/tree", 403), ("/blobs", 404), ("/tree", 404), ("/blobs", 400)]
)
async def test_what_cannot_be_read_is_unknown_and_never_nobodys(where: str, status: int) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.put("CODEOWNERS", "* @acme/payments\n")
        here.gitlab.fail(where, status, times=99)
        change = await a_change(here)
    assert change.owners is None
    assert (NO_POLICY in change.policies) is (where == "/tree")


@pytest.mark.parametrize(
    "said",
    [
        {"size": 3, "encoding": "base64", "content": "KiBA"},
        {"size": 2, "encoding": "base64", "content": "KiBA"},
        {"size": 2, "encoding": "base64", "content": "//4="},
        {"size": 2, "encoding": "text", "content": "ab"},
        {"size": 9**99, "encoding": "base64", "content": ""},
    ],
)
async def test_a_broken_file_is_unknown(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.put(".countersign.yaml", "rules: []\n")
        here.gitlab.put(".gitlab/.countersign.yaml", "rules: []\n")
        here.gitlab.fail("/blobs", 200, body=json.dumps(said).encode(), times=99)
        change = await a_change(here)
    assert change.policies == (("* @",) if said["size"] == 3 else (NO_POLICY,))


async def test_all_policies_of_the_target_branch_count() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.put(".countersign.yaml", "one: 1\n")
        here.gitlab.put(".gitlab/.countersign.yaml", "two: 2\n")
        here.gitlab.put(".countersign.yaml", "three: 3\n", at=SHA)
        assert (await a_change(here)).policies == ("two: 2\n", "one: 1\n")


async def test_a_policy_that_is_a_folder_cannot_be_read() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.put(".countersign.yaml/x", "")
        assert (await a_change(here)).policies == (NO_POLICY,)


async def test_among_too_many_files_a_policy_is_unknown() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        for n in range(2_001):
            here.gitlab.put(f"{n}", "x")
        change = await a_change(here)
    assert change.policies == (NO_POLICY,)
    assert change.owners is None


async def test_without_a_merge_request_policies_of_all_sides_count() -> None:
    async with meeting() as here:
        here.gitlab.add_commit(SHA, parent_ids=[OTHER])
        for at in (OTHER, SHA, START):
            here.gitlab.put(".countersign.yaml", f"of: {at}\n", at=at)
        assert (await a_change(here)).policies == tuple(f"of: {it}\n" for it in (OTHER, SHA, START))


async def test_who_knows_the_files_is_told() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        ada = {"author_name": "Ada", "author_email": "ada@acme.example"}
        entries = [a_commit("1" * 40, **ada), a_commit("2" * 40, **ada), a_commit("3" * 40)]
        here.gitlab.changed_by("refunds/retry.py", *entries)
        first, second = (await a_change(here)).touches
    assert isinstance(first, Touch)
    assert (first.who, first.commits) == (Identity(name="Ada", email="ada@acme.example"), 2)
    assert second.who.name == "Jun Ito"


async def test_that_nobody_says_who_knows_the_files_is_no_trouble() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.fail("/commits?path=", 404)
        assert (await a_change(here)).touches == ()


async def test_accounts_that_are_gone_leave_what_git_says() -> None:
    async with meeting() as here:
        here.gitlab.add_request(
            12, head=SHA, author=None, merge_user=None, merged_by=None, title=""
        )
        change = await a_change(here, user=None)
    assert (change.author, change.pushers, change.triggered_by) == (Identity(), (), None)
    assert change.title == f"Commit {SHA[:12]}"


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b'{"iid": "x"}', b'{"iid":1,"title":"\\ud800"}', b"[" * 99_999],
)
async def test_an_answer_that_cannot_be_read_is_asked_for_again(body: bytes) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.fail("/merge_requests/12", 200, body=body)
        with pytest.raises(Undelivered) as caught:
            await a_change(here)
    assert not caught.value.final


async def test_half_a_character_is_refused_as_nobody_could_store_it() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA, title="\ud800")
        with pytest.raises(Undelivered, match="cannot be read"):
            await a_change(here)


@pytest.mark.parametrize("following", ["1", "0", "x", "-2"])
async def test_pages_that_go_nowhere_are_not_followed(following: str) -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.fail("/commits?", 200, headers={"X-Next-Page": following}, body=b"[]", times=9)
        with pytest.raises(Undelivered):
            await a_change(here)


async def test_401_is_over_one_day_and_the_rest_waits_for_it() -> None:
    async with meeting() as here:
        here.gitlab.add_request(12, head=SHA)
        here.gitlab.fail("/merge_requests/12", 401)
        with pytest.raises(Undelivered) as caught:
            await a_change(here)
        assert not caught.value.final
        assert is_whole(await a_change(here)) == (True, True)
