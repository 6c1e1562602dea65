"""Whoever changed the same files before may know them best."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.pipelines.github.entries import CommitEntry
from bot.pipelines.github.history import past
from bot.pipelines.touching import folded
from tests.pipelines.github.fake_github import BASE, a_commit, a_file, by
from tests.pipelines.meeting import SHA, Meeting, meeting


def sha(number: int) -> str:
    return f"{number:040x}"


async def read(here: Meeting, *files: dict[str, Any]) -> Change:
    here.github.add_pull(head=SHA, files=list(files) or [a_file("a.py")])
    return await here.read()


async def test_everybody_is_told_once_with_how_often_and_when_last() -> None:
    async with meeting() as here:
        here.github.changed_by(
            "a.py",
            by("ada", sha(1), on="2026-11-02T00:00:00Z"),
            by("bob", sha(2), on="2026-11-03T00:00:00Z"),
            by("ada", sha(3), on="2026-11-01T00:00:00Z"),
        )
        ada, bob = (await read(here)).touches
    assert (ada.who.login, ada.commits, ada.last) == ("ada", 2, datetime(2026, 11, 2, tzinfo=UTC))
    assert (bob.who.login, bob.commits, bob.last) == ("bob", 1, datetime(2026, 11, 3, tzinfo=UTC))


async def test_one_commit_to_two_files_is_one_commit() -> None:
    async with meeting() as here:
        for path in ("a.py", "b.py"):
            here.github.changed_by(path, by("ada", sha(1)))
        [ada] = (await read(here, a_file("a.py"), a_file("b.py"))).touches
    assert ada.commits == 1


async def test_a_login_that_was_renamed_is_still_one_person() -> None:
    entries = [by("ada", sha(1)), by("ada", sha(2), author={"login": "ada-l", "id": 294})]
    assert len(folded(past(CommitEntry.model_validate(entry)) for entry in entries)) == 1


async def test_only_the_five_most_changed_files_are_asked_for_as_they_were_before() -> None:
    files = [a_file(f"{n}.py", additions=n) for n in range(1, 7)]
    moved = a_file("new name.py", previous_filename="old/näme {x}.py", additions=9)
    async with meeting() as here:
        await read(here, *files, moved)
        calls = here.asked("/commits?path=")
    assert [call.partition("path=")[2].partition("&")[0] for call in calls] == [
        "old%2Fn%C3%A4me%20%7Bx%7D.py",
        "6.py",
        "5.py",
        "4.py",
        "3.py",
    ]
    assert all(call.endswith(f"&sha={BASE}&per_page=30") for call in calls)


async def test_a_new_file_has_no_history() -> None:
    async with meeting() as here:
        await read(here, a_file("new.py", status="added"))
        assert here.asked("/commits?path=") == []


async def test_generated_code_comes_after_what_people_wrote() -> None:
    made = a_file("api.pb.go", additions=9_000)
    async with meeting() as here:
        await read(here, made, *(a_file(f"{n}.py") for n in range(5)))
        assert not here.asked("path=api.pb.go")


@pytest.mark.parametrize("status", [404, 409, 422])
async def test_a_history_that_github_refuses_is_left_out(status: int) -> None:
    async with meeting() as here:
        here.github.changed_by("a.py", by("ada", sha(1)))
        here.github.changed_by("b.py", by("bob", sha(2)))
        here.github.fail("path=a.py", status)
        [touch] = (await read(here, a_file("a.py"), a_file("b.py"))).touches
    assert touch.who.login == "bob"


async def test_a_commit_of_nobody_is_nobodys() -> None:
    nobody = a_commit(sha(1), author=None, commit={"message": "x"})
    async with meeting() as here:
        here.github.changed_by("a.py", nobody)
        assert (await read(here)).touches == ()


async def test_a_commit_without_a_date_counts() -> None:
    undated = by("ada", sha(1), commit={"message": "x"})
    [ada] = folded([past(CommitEntry.model_validate(undated))])
    assert (ada.who.login, ada.last) == ("ada", None)


@given(
    st.permutations(
        [by(who, sha(n), on=f"2026-11-{n:02}T00:00:00Z") for n, who in enumerate("abcab", 1)]
    )
)
def test_the_order_in_which_github_lists_them_does_not_matter(entries: Any) -> None:
    found = folded(past(CommitEntry.model_validate(entry)) for entry in entries)
    assert [(it.who.login, it.commits) for it in found] == [("a", 2), ("b", 2), ("c", 1)]
