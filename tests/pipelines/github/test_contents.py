"""Owners and the repository's own policy are read where the change cannot write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.config import ConfigError
from bot.domain.change import Change
from bot.pipelines.governing import NO_POLICY
from bot.ports import Undelivered
from tests.pipelines.github.fake_github import BASE, a_commit, a_file
from tests.pipelines.meeting import SHA, Meeting, meeting

PAYMENTS = "* @acme/payments\n"
POLICY = "rules: []\n"
PARENT = "e" * 40
EXAMPLE = Path(__file__).parents[3] / "countersign.example.yaml"


def owners(change: Change) -> list[str] | None:
    """All who are named; None: nobody knows."""
    if change.owners is None:
        return None
    return [name for owned in change.owners for name in owned.owners]


async def read(here: Meeting, *touched: str, **said: Any) -> Change:
    here.github.add_pull(head=SHA, files=[a_file(path) for path in touched or ("a.py",)], **said)
    return await here.read()


async def test_the_owners_are_those_of_the_base() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS)
        here.github.put("CODEOWNERS", "* @eve\n", at=SHA)
        assert owners(await read(here)) == ["@acme/payments"]


async def test_without_codeowners_nobody_owns_anything() -> None:
    async with meeting() as here:
        change = await read(here)
        assert change.owners == ()
        assert len(here.asked("CODEOWNERS")) == 3


@pytest.mark.parametrize(
    ("there", "counts"),
    [
        ((".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"), ".github/CODEOWNERS"),
        (("CODEOWNERS", "docs/CODEOWNERS"), "CODEOWNERS"),
        (("docs/CODEOWNERS",), "docs/CODEOWNERS"),
    ],
)
async def test_the_first_place_counts(there: tuple[str, ...], counts: str) -> None:
    async with meeting() as here:
        for place in there:
            here.github.put(place, PAYMENTS if place == counts else "* @eve\n")
        assert owners(await read(here)) == ["@acme/payments"]


@pytest.mark.parametrize("touched", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
async def test_whoever_touches_codeowners_needs_the_old_and_the_new_owners(touched: str) -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS)
        here.github.put(touched, "* @acme/other\n", at=SHA)
        assert owners(await read(here, touched)) == ["@acme/payments", "@acme/other"]


async def test_another_file_of_that_name_does_not_count() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS)
        here.github.put("CODEOWNERS", "* @eve\n", at=SHA)
        assert owners(await read(here, "src/CODEOWNERS")) == ["@acme/payments"]


async def test_codeowners_that_are_taken_away_still_count() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS)
        renamed = a_file("OLD", previous_filename="CODEOWNERS", status="renamed")
        here.github.add_pull(head=SHA, files=[renamed])
        assert owners(await here.read()) == ["@acme/payments"]


async def test_where_not_all_files_are_known_both_sides_count() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS)
        here.github.put("CODEOWNERS", "* @acme/other\n", at=SHA)
        change = await read(here, counts={"changed_files": 2})
        assert owners(change) == ["@acme/payments", "@acme/other"]


async def test_what_was_merged_is_read_as_it_was_merged() -> None:
    merge = "ab" * 20
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS)
        here.github.put("CODEOWNERS", "* @acme/other\n", at=merge)
        here.github.add_pull(
            head=SHA,
            files=[a_file("CODEOWNERS")],
            merged_at="2026-11-21T10:00:00Z",
            merge_commit_sha=merge,
        )
        assert owners(await here.read(sha=merge)) == ["@acme/payments", "@acme/other"]


@pytest.mark.parametrize(("size", "known"), [(2_999_999, True), (3_000_001, False)])
async def test_codeowners_too_large_for_github_are_unknown(size: int, known: bool) -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS + "#" * (size - len(PAYMENTS)))
        assert owners(await read(here)) == (["@acme/payments"] if known else None)


@pytest.mark.parametrize(
    "content", [b"* @acme/payments \xff\n", b"\xff\xfe*\x00"], ids=["latin", "utf-16"]
)
async def test_codeowners_that_are_no_text_are_unknown(content: bytes) -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", content)
        assert owners(await read(here)) is None


async def test_a_mark_of_byte_order_hides_no_owner() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", "\ufeff" + PAYMENTS)
        assert owners(await read(here)) == ["@acme/payments"]


async def test_a_folder_of_that_name_is_unknown() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS/a", PAYMENTS)
        assert owners(await read(here)) is None


CONTENT = b'{"type": "file", "sha": "%s", "size": 3, "encoding": "base64", "content": "%s"}'
BLOB = b"4f" * 20


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b'{"message": "Resource not accessible by integration"}'),
        (404, b'{"message": "No commit found for the ref"}'),
        (404, b'{"message": ["Not Found"]}'),
        (404, b"Not Found"),
        (422, b"{}"),
        (200, b"{}"),
        (200, b"null"),
        (200, b'{"type": "symlink", "sha": "%s", "size": 1}' % BLOB),
        (200, CONTENT % (BLOB, b"AAA")),
        (200, CONTENT % (BLOB, b"AAAAAAAA")),
        (200, CONTENT % (b"../x", b"AAAA")),
    ],
)
async def test_what_github_refuses_or_garbles_leaves_the_owners_unknown(
    status: int, body: bytes
) -> None:
    async with meeting() as here:
        here.github.fail("/contents/.github/CODEOWNERS", status, body=body)
        assert owners(await read(here)) is None


async def test_its_twin_is_known() -> None:
    async with meeting() as here:
        here.github.fail("/contents/.github/CODEOWNERS", 200, body=CONTENT % (BLOB, b"KiBA"))
        assert (await read(here)).owners is not None


async def test_a_blob_that_is_gone_leaves_the_owners_unknown() -> None:
    async with meeting() as here:
        here.github.put("CODEOWNERS", PAYMENTS + "#" * 2_000_000)
        here.github.fail("/git/blobs/", 404, body=b'{"message": "Not Found"}')
        assert owners(await read(here)) is None


@pytest.mark.parametrize("where", ["CODEOWNERS", ".countersign.yaml", "/commits?path="])
async def test_what_github_is_too_busy_to_say_is_asked_for_again_later(where: str) -> None:
    async with meeting() as here:
        here.github.fail(where, 429)
        for _ in range(2):
            with pytest.raises(Undelivered) as caught:
                await read(here)
            assert not caught.value.final
        assert len(here.asked(where)) == 1


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("where", ["CODEOWNERS", ".countersign.yaml", "/commits?path="])
async def test_what_cannot_be_had_now_is_asked_for_again_later(where: str, status: int) -> None:
    async with meeting() as here:
        here.github.fail(where, status)
        with pytest.raises(Undelivered) as caught:
            await read(here)
        assert not caught.value.final
        assert (await here.read()).owners == ()


@pytest.mark.parametrize("place", [".countersign.yaml", ".github/.countersign.yaml"])
async def test_the_policy_is_that_of_the_base(place: str) -> None:
    async with meeting() as here:
        here.github.put(place, POLICY)
        here.github.put(place, "eve: true\n", at=SHA)
        assert (await read(here)).policies == (POLICY,)


async def test_a_second_policy_does_not_put_the_first_aside() -> None:
    async with meeting() as here:
        here.github.put(".countersign.yaml", POLICY)
        here.github.put(".github/.countersign.yaml", "other: 1\n")
        assert set((await read(here)).policies) == {POLICY, "other: 1\n"}


async def test_whoever_touches_the_policy_is_bound_by_the_old_and_the_new() -> None:
    async with meeting() as here:
        here.github.put(".countersign.yaml", POLICY)
        here.github.put(".countersign.yaml", "stricter: 1\n", at=SHA)
        change = await read(here, ".countersign.yaml")
        assert change.policies == (POLICY, "stricter: 1\n")


async def test_a_policy_that_is_the_same_on_both_sides_is_told_once() -> None:
    async with meeting() as here:
        for at in (BASE, SHA):
            here.github.put(".countersign.yaml", POLICY, at=at)
        assert (await read(here, ".countersign.yaml")).policies == (POLICY,)


async def test_a_policy_that_is_taken_away_still_binds() -> None:
    async with meeting() as here:
        here.github.put(".countersign.yaml", POLICY)
        assert (await read(here, ".countersign.yaml")).policies == (POLICY,)


@pytest.mark.parametrize(
    "content", [b"\xff", b"#" * 65_537, b"#" * 3_000_001], ids=["binary", "long", "huge"]
)
async def test_a_policy_that_cannot_be_read_is_handed_on_as_none(content: bytes) -> None:
    """The engine then asks for a senior: a file that nobody can read might ask for one."""
    async with meeting() as here:
        here.github.put(".countersign.yaml", b"#" * 65_536)
        assert (await read(here)).policies == ("#" * 65_536,)
        here.github.put(".countersign.yaml", content)
        assert (await here.read()).policies == (NO_POLICY,)


async def test_so_is_one_that_github_refuses() -> None:
    async with meeting() as here:
        here.github.fail("countersign.yaml", 403, body=b"{}")
        assert (await read(here)).policies == (NO_POLICY,)


def test_what_stands_for_it_is_no_policy() -> None:
    with pytest.raises(ConfigError):
        config.repository_policy(NO_POLICY, config.load(EXAMPLE.read_text()))


async def test_of_a_commit_without_a_pull_request_the_owners_are_unknown() -> None:
    async with meeting() as here:
        for at in (PARENT, SHA):
            here.github.put("CODEOWNERS", PAYMENTS, at=at)
        here.github.add_commit(SHA, parents=[{"sha": PARENT}])
        assert (await here.read()).owners is None
        assert here.asked("CODEOWNERS") == []


async def test_of_a_commit_without_a_pull_request_both_sides_policies_bind() -> None:
    async with meeting() as here:
        here.github.add_commit(SHA, parents=[{"sha": PARENT}])
        here.github.put(".countersign.yaml", POLICY, at=PARENT)
        here.github.put(".countersign.yaml", "own: 1\n", at=SHA)
        assert (await here.read()).policies == (POLICY, "own: 1\n")


async def test_the_first_commit_of_all_has_only_its_own_policy() -> None:
    async with meeting() as here:
        here.github.add_commit(SHA, parents=[])
        here.github.put(".countersign.yaml", POLICY, at=SHA)
        assert (await here.read()).policies == (POLICY,)


async def test_files_are_read_at_commits_and_never_at_branches() -> None:
    async with meeting() as here:
        await read(here, ".countersign.yaml", "CODEOWNERS", commits=[a_commit(SHA)])
        refs = {call.rpartition("ref=")[2] for call in here.asked("/contents/")}
        assert refs == {BASE, SHA}
