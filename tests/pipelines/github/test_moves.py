"""What GitHub does not show of a file, its mode say, is not taken for seen."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change, FileChange, Mark
from bot.domain.risk.diffs import whole_digest
from bot.pipelines.github.entries import FileEntry
from bot.pipelines.github.moves import MOST_FOLDERS
from bot.ports import Undelivered
from tests.pipelines.github.fake_github import a_file, blob_sha
from tests.pipelines.meeting import SHA, Meeting, meeting

TEXT = b"print(1)\n"


def entry(**said: Any) -> FileEntry:
    return FileEntry.model_validate(a_file("run.sh") | said)


def moved(new: str, old: str, content: bytes = TEXT, **said: Any) -> dict[str, Any]:
    nothing = {"additions": 0, "deletions": 0, "patch": None, "status": "renamed"}
    return a_file(new, previous_filename=old, sha=blob_sha(content)) | nothing | said


async def read(here: Meeting, *files: dict[str, Any]) -> Change:
    here.github.add_pull(head=SHA, files=list(files))
    return await here.read()


async def test_a_file_that_only_moved_has_nothing_to_be_seen() -> None:
    async with meeting() as here:
        here.github.put("lib/old.py", TEXT)
        change = await read(here, moved("lib/new.py", "lib/old.py"))
    [file] = change.files
    assert (file.marks, file.status, file.counted) == ((), "renamed", True)
    assert file.digest
    assert whole_digest(change)


@pytest.mark.parametrize("old", ["lib/old.py", "old.py", "a b/{x}/näme#.py"])
async def test_the_old_name_is_looked_up_in_the_base(old: str) -> None:
    async with meeting() as here:
        here.github.put(old, TEXT)
        here.github.put("lib/other.py", TEXT)
        [file] = (await read(here, moved("new.py", old))).files
    assert Mark.UNSEEN not in file.marks


@pytest.mark.parametrize(
    "said",
    [
        {"sha": blob_sha(b"other")},
        {"sha": None},
        {"previous_filename": "lib/gone.py"},
        {"previous_filename": "far/away.py"},
        {"previous_filename": "lib/../lib/old.py"},
        {"previous_filename": None},
        {"additions": 1},
        {"additions": None},
        {"status": "modified"},
    ],
)
async def test_a_file_of_which_more_may_have_changed_was_not_seen(said: dict[str, Any]) -> None:
    async with meeting() as here:
        here.github.put("lib/old.py", TEXT)
        [file] = (await read(here, moved("lib/new.py", "lib/old.py", **said))).files
    assert Mark.UNSEEN in file.marks


async def test_a_folder_is_asked_for_once_and_not_too_many() -> None:
    files = [moved(f"new/{n}.py", f"{n // 2}/{n}.py") for n in range(2 * MOST_FOLDERS + 2)]
    async with meeting() as here:
        for file in files:
            here.github.put(file["previous_filename"], TEXT)
        change = await read(here, *files)
        asked = [call for call in here.asked("/contents/") if "/contents/1?" in call]
    assert len(asked) == 2  # of the pull request, and of what went on last
    assert sum(Mark.UNSEEN in file.marks for file in change.files) == 2


@pytest.mark.parametrize(("status", "body"), [(422, b"{}"), (200, b"{}")])
async def test_a_folder_that_github_refuses_was_not_seen(status: int, body: bytes) -> None:
    async with meeting() as here:
        here.github.put("lib/old.py", TEXT)
        here.github.fail("/contents/lib?", status, body=body, times=2)
        [file] = (await read(here, moved("lib/new.py", "lib/old.py"))).files
    assert Mark.UNSEEN in file.marks


async def test_a_folder_that_cannot_be_had_now_is_asked_for_again_later() -> None:
    async with meeting() as here:
        here.github.put("lib/old.py", TEXT)
        here.github.fail("/contents/lib?", 503)
        with pytest.raises(Undelivered) as caught:
            await read(here, moved("lib/new.py", "lib/old.py"))
        assert not caught.value.final


def test_a_file_of_another_mode_was_not_seen_and_is_named_by_nothing() -> None:
    plain, chmod = entry().file(), entry(status="changed").file()
    assert plain.digest
    assert Mark.UNSEEN not in plain.marks
    assert (chmod.digest, chmod.status) == ("", "modified")
    assert Mark.UNSEEN in chmod.marks


def test_a_mark_is_not_set_twice_and_none_is_lost() -> None:
    hidden = entry(status="changed", patch="@@ -1 +1 @@\n-a\n+a\u202e").file()
    assert hidden.marks == (Mark.BIDI, Mark.UNSEEN)
    assert entry(status="changed", patch=None).file().marks == (Mark.UNSEEN,)


def test_what_githubs_word_is_makes_another_digest() -> None:
    words = ("added", "copied", "modified", "removed", "unchanged")
    assert len({entry(status=word).file().digest for word in words}) == len(words)


async def test_a_change_of_mode_is_never_the_identical_change() -> None:
    async with meeting() as here:
        before = await read(here, a_file("run.sh"))
        after = await read(here, a_file("run.sh", status="changed"))
    assert whole_digest(before)
    assert whole_digest(after) == ""


NAMES = [
    "auth/login.py\n",
    "auth\r/login.py",
    "auth/\x00login.py",
    "auth/lo\x7fgin.py",
    "auth/lo\x85gin.py",
    "auth/lo\u200bgin.py",
    "auth/\u202enigol.py",
    "auth/lo\u2028gin.py",
    "auth/lo\ufffdgin.py",
    "/auth/login.py",
    "x/../auth/login.py",
    "./auth/login.py",
    "auth//login.py",
    "",
]


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_rules_cannot_be_compared_with_makes_the_list_incomplete(
    name: str,
) -> None:
    async with meeting() as here:
        assert (await read(here, a_file("auth/login.py"))).files_complete
        change = await read(here, a_file("a.py"), a_file(name))
        assert not change.files_complete
        assert not (await here.see()).files_complete
    assert change.commits_complete


@pytest.mark.parametrize("name", NAMES)
async def test_so_does_the_old_name(name: str) -> None:
    async with meeting() as here:
        assert not (await read(here, moved("a.py", name))).files_complete


@pytest.mark.parametrize(
    "name", ["a b.py", "näme.py", "données/日本.md", "..hidden", "a\\b", "❤️.md"]
)
async def test_a_name_in_any_script_is_one(name: str) -> None:
    async with meeting() as here:
        assert (await read(here, a_file(name))).files_complete


def test_the_old_content_is_believed_only_of_what_moved() -> None:
    files: list[FileChange] = [
        entry(patch=None).file(same=True),
        entry(status="changed", patch=None).file(same=True),
    ]
    assert all(Mark.UNSEEN in file.marks for file in files)
