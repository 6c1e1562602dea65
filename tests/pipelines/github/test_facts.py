"""What GitHub tells of a pull request beyond its text: who, which files, and who pushed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.change import Change, FileChange, Identity, Mark
from bot.pipelines.github.entries import CommitEntry, FileEntry
from bot.pipelines.github.payloads import PullRequest
from bot.ports import Undelivered
from storage.documents import digest_of_change
from tests.pipelines.github.fake_github import ACME, BASE, JUN, a_commit, a_file, by
from tests.pipelines.meeting import SHA, meeting

OTHER = "c" * 40
EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


async def read(said: dict[str, Any] | None = None, **pull: Any) -> Change:
    async with meeting() as here:
        here.github.add_pull(head=SHA, **pull)
        here.github.say(**said or {})
        return await here.read()


async def test_accounts_are_known_by_their_number() -> None:
    change = await read(commits=[by("ada", SHA)])
    assert change.author.id == "github:501"
    assert change.commits[0].author.id == f"github:{sum(map(ord, 'ada'))}"


async def test_an_account_without_a_number_has_none() -> None:
    change = await read(user={"login": "jun"})
    assert change.author == Identity(login="jun")


async def test_labels_are_kept_by_name() -> None:
    change = await read(labels=[{"name": "ai-generated", "color": "fff"}, {}, {"name": "risky"}])
    assert change.labels == ("ai-generated", "risky")


async def test_no_more_than_a_hundred_labels_are_kept() -> None:
    change = await read(labels=[{"name": str(n)} for n in range(101)])
    assert len(change.labels) == 100


async def test_it_is_of_the_lineage_of_its_pull_request() -> None:
    assert (await read()).lineage == "pull/12"


async def test_a_commit_of_no_pull_request_stands_alone() -> None:
    async with meeting() as here:
        here.github.add_commit(SHA)
        assert (await here.read()).lineage == ""


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T12:00:00+02:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T10:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("99999-01-01T00:00:00Z", None),
        ("yesterday", None),
        (7, None),
        (None, None),
    ],
)
async def test_a_date_that_is_none_is_not_known(said: object, moment: datetime | None) -> None:
    commit = a_commit(SHA, commit={"message": "x", "author": {"name": "Jun", "date": said}})
    change = await read(commits=[commit])
    assert change.commits[0].authored_at == moment


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("added", "added"),
        ("copied", "added"),
        ("modified", "modified"),
        ("changed", "modified"),
        ("removed", "removed"),
        ("renamed", "renamed"),
        ("unchanged", ""),
        ("something new", ""),
    ],
)
async def test_what_happened_to_a_file_is_said_in_our_words(said: str, status: str) -> None:
    change = await read(files=[a_file("a.py", status=said)])
    assert change.files[0].status == status


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ({}, True),
        ({"additions": None}, False),
        ({"deletions": None}, False),
        ({"patch": None}, True),
        ({"patch": None, "additions": 0, "deletions": 0}, False),
        ({"patch": None, "additions": 0, "deletions": 0, "sha": EMPTY}, True),
        ({"patch": None, "additions": 0, "deletions": 0, "status": "renamed"}, True),
    ],
)
async def test_lines_nobody_counted_are_not_none(said: dict[str, Any], counted: bool) -> None:
    change = await read(files=[a_file("a.py", **said)])
    assert change.files[0].counted is counted


def seen(**said: Any) -> FileChange:
    return FileEntry.model_validate(a_file("limits.yaml") | said).file()


def test_what_changes_in_a_file_is_named_by_its_digest() -> None:
    assert seen().digest == seen().digest
    assert seen().digest != seen(patch="@@ -1 +1 @@\n-before\n+other").digest


def test_the_patch_is_looked_at() -> None:
    hidden = seen(patch="@@ -1 +1 @@\n-a\n+a\u202e")
    assert hidden.marks
    assert hidden.marks != seen().marks


def test_a_file_without_a_patch_was_not_seen() -> None:
    assert Mark.UNSEEN not in seen().marks
    assert Mark.UNSEEN in seen(patch=None).marks


def test_an_empty_file_has_nothing_to_be_seen() -> None:
    nothing = {"patch": None, "additions": 0, "deletions": 0, "status": "added"}
    assert Mark.UNSEEN not in seen(**nothing, sha=EMPTY).marks
    assert Mark.UNSEEN in seen(**nothing).marks


@pytest.mark.parametrize(
    ("head", "fork_owner"),
    [
        ({"user": ACME}, None),
        ({"user": None}, None),
        ({}, None),
        ({"user": {}}, None),
        ({"user": {"login": "other", "type": "Organization", "id": 3}}, None),
        ({"user": {"login": "eve", "type": "User", "id": 2}}, "eve"),
        ({"user": {"login": "helper[bot]", "type": "Bot", "id": 4}}, "helper[bot]"),
    ],
)
async def test_whose_fork_it_is_may_have_pushed(head: Any, fork_owner: str | None) -> None:
    change = await read({"head": {"sha": SHA, "ref": "retry"} | head})
    named = [who.login for who in change.pushers]
    assert named == ["jun", fork_owner] if fork_owner else named == ["jun"]


async def test_whoever_set_it_off_may_have_pushed() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        change = await here.read(sender={"login": "eve", "type": "User", "id": 2})
    assert change.pushers == (Identity(login="eve", kind="User", id="github:2"),)


async def test_nobody_is_a_pusher_where_nobody_is_named() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        assert (await here.read(sender=None)).pushers == ()


async def test_the_same_delivery_gives_the_same_digest() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, labels=[{"name": "x"}])
        here.github.put("CODEOWNERS", "* @acme/payments\n")
        here.github.put(".countersign.yaml", "rules: []\n")
        here.github.changed_by("refunds/retry.py", by("ada", OTHER), by("bob", "d" * 40))
        first, second = await here.read(), await here.read()
        here.github.put("CODEOWNERS", "* @acme/other\n")
        third = await here.read()
    assert digest_of_change(first) == digest_of_change(second)
    assert digest_of_change(first) != digest_of_change(third)


async def test_commits_pushed_while_we_asked_make_the_facts_doubtful() -> None:
    commits = [a_commit(SHA), a_commit(OTHER)]
    before = await read(commits=commits, counts={"commits": 2})
    after = await read(commits=commits, counts={"commits": 1})
    assert (before.files_complete, before.commits_complete) == (True, True)
    assert (after.files_complete, after.commits_complete) == (False, False)


async def test_a_head_that_is_gone_while_we_asked_makes_the_facts_doubtful() -> None:
    change = await read({"head": {"sha": SHA, "ref": "retry"}}, commits=[a_commit(OTHER)])
    assert (change.files_complete, change.commits_complete) == (False, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"head": None},
        {"head": {"sha": "main"}},
        {"base": {"sha": "../x", "ref": "main"}},
        {"base": {"sha": BASE + "\n"}},
        {"labels": "ai"},
        {"user": {"login": "jun", "id": -1}},
        {"title": "\ud800"},
    ],
)
async def test_a_pull_request_that_cannot_be_read_is_no_change(wrong: dict[str, Any]) -> None:
    with pytest.raises(Undelivered, match="cannot be read"):
        await read(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"additions": -1},
        {"filename": None},
        {"filename": "\ud800"},
        {"patch": 7},
        {"patch": "\udfff"},
    ],
)
async def test_a_file_that_cannot_be_read_is_no_change(wrong: dict[str, Any]) -> None:
    with pytest.raises(Undelivered, match="cannot be read"):
        await read(files=[a_file("a.py", **wrong)])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(field=st.sampled_from(sorted(a_file("a"))), value=JSON)
def test_no_field_of_a_file_breaks_us(field: str, value: object) -> None:
    try:
        entry = FileEntry.model_validate(a_file("a") | {field: value})
    except ValidationError:
        return
    assert entry.file().digest == entry.file().digest


@given(field=st.sampled_from(sorted(a_commit(SHA))), value=JSON)
def test_no_field_of_a_commit_breaks_us(field: str, value: object) -> None:
    try:
        entry = CommitEntry.model_validate(a_commit(SHA) | {field: value})
    except ValidationError:
        return
    assert entry.to_commit() == entry.to_commit()


@given(patch=st.text())
def test_no_patch_breaks_us(patch: str) -> None:
    assert seen(patch=patch).digest == seen(patch=patch).digest


@given(
    field=st.sampled_from(["head", "base", "user", "labels", "title", "body", "merged_at"]),
    value=JSON,
)
def test_no_field_of_a_pull_request_breaks_us(field: str, value: object) -> None:
    end = {"sha": SHA, "ref": "x", "user": JUN}
    try:
        pull = PullRequest.model_validate({"number": 1, "head": end, "base": end, field: value})
    except ValidationError:
        return
    assert all((pull.lineage, pull.author is not None, pull.names is not None))
