"""What a pull request once showed is kept, though nobody ships it and somebody pushes over it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, Identity
from bot.ports import Delivery, Invalid, Malformed, Sighting, Undelivered, Unreachable
from tests.pipelines.github.fake_github import ACME, BASE, JUN, a_commit, a_file
from tests.pipelines.meeting import SHA, a_pipeline, meeting

OTHER = "c" * 40
EVE = {"login": "eve", "type": "User", "id": 2}
SEEN = ["opened", "edited", "reopened", "synchronize", "labeled"]


@pytest.mark.parametrize("action", SEEN)
async def test_a_pull_request_is_seen_with_its_facts(action: str) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, labels=[{"name": "ai"}])
        change = await here.see(action=action)
    [commit], [file] = change.commits, change.files
    assert (commit.sha, file.path) == (SHA, "refunds/retry.py")
    assert change == Change(
        connection="github",
        key=f"7/pull/12/{SHA}",
        repository="acme/payments-api",
        revision=SHA,
        environment="",
        title="Retry refunds",
        author=Identity(login="jun", kind="User", id="github:501"),
        base_revision=BASE,
        base_branch="main",
        description="Because they fail.",
        url="https://github.com/acme/payments-api/pull/12",
        link="https://github.com/acme/payments-api/pull/12",
        branch="retry",
        commits=(commit,),
        files=(file,),
        lineage="pull/12",
        labels=("ai",),
        pushers=change.pushers,
    )


@pytest.mark.parametrize("action", ["closed", "assigned", "unlabeled", "", None, ["opened"]])
async def test_other_actions_are_not_looked_at(action: Any) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        given = here.github.pull_delivery(action=action)
        assert await here.pipeline.read(given) is None
        assert here.github.calls == []


async def test_a_sighting_and_the_deployment_after_it_are_of_one_lineage() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        seen, shipped = await here.see(), await here.read()
    assert seen.lineage == shipped.lineage
    assert (seen.revision, seen.repository) == (shipped.revision, shipped.repository)


async def test_commits_that_were_force_pushed_away_are_still_seen() -> None:
    async with meeting() as here:
        bad = a_commit(SHA, commit={"message": "Retry\n\nCo-Authored-By: Claude"})
        here.github.add_pull(head=SHA, commits=[bad])
        earlier = here.github.pull_delivery(action="synchronize")
        here.github.add_pull(head=OTHER, commits=[a_commit(OTHER)])
        seen = await here.pipeline.read(earlier)
    assert isinstance(seen, Sighting)
    assert [commit.message for commit in seen.change.commits] == ["Retry\n\nCo-Authored-By: Claude"]
    assert seen.change.revision == SHA


async def test_what_was_said_then_is_kept_though_it_is_edited_since() -> None:
    async with meeting() as here:
        branch = {"sha": SHA, "ref": "claude/retry", "user": ACME}
        here.github.add_pull(head=SHA, body="Written by Claude.", **{})
        pull = here.github.pull_delivery()
        payload = json.loads(pull.body)
        payload["pull_request"]["head"] = branch
        here.github.add_pull(head=SHA, body="By hand.", labels=[])
        change = await here.see(pull_request=payload["pull_request"])
    assert (change.description, change.branch) == ("Written by Claude.", "claude/retry")


async def test_commits_github_forgot_are_missing_and_not_none() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        here.github.forget(SHA)
        change = await here.see()
    assert change.branch == "retry"
    assert (change.commits, change.commits_complete) == ((), False)
    assert (change.files, change.files_complete) == ((), False)


@pytest.mark.parametrize(("count", "complete"), [(299, True), (300, True), (301, False)])
async def test_up_to_three_hundred_commits_are_seen(count: int, complete: bool) -> None:
    commits = [a_commit(f"{n:040x}") for n in range(1, count)] + [a_commit(SHA)]
    async with meeting() as here:
        here.github.add_pull(head=SHA, commits=commits)
        change = await here.see()
    assert change.commits_complete is complete
    assert len(change.commits) == min(count, 300)


@pytest.mark.parametrize(("count", "complete"), [(299, True), (300, False)])
async def test_files_are_complete_below_what_github_compares(count: int, complete: bool) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA, files=[a_file(f"{n}.py") for n in range(count)])
        change = await here.see()
    assert change.files_complete is complete


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize"])
async def test_whoever_pushes_is_a_pusher(action: str) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        change = await here.see(action=action, sender=EVE)
    assert change.pushers == (Identity(login="eve", kind="User", id="github:2"),)


@pytest.mark.parametrize("action", ["labeled", "edited"])
async def test_whoever_labels_or_edits_is_none(action: str) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        change = await here.see(action=action, sender=EVE)
    assert change.pushers == ()


@pytest.mark.parametrize("status", [500, 503])
async def test_what_cannot_be_had_now_is_asked_for_again(status: int) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        here.github.fail("/compare/", status)
        with pytest.raises(Undelivered) as caught:
            await here.see()
        assert not caught.value.final
        assert (await here.see()).commits


async def test_where_github_is_too_busy_it_is_left_alone_for_a_while() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        here.github.fail("/compare/", 429)
        for _ in range(2):
            with pytest.raises(Undelivered) as caught:
                await here.see()
            assert not caught.value.final
        assert len(here.asked("/compare/")) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pull_request": None}, "pull_request"),
        ({"pull_request": {"number": 12, "base": {"sha": BASE}}}, "pull_request.head"),
        (
            {"pull_request": {"number": 1, "head": {"sha": "../x"}, "base": {"sha": BASE}}},
            "pull_request.head.sha",
        ),
        (
            {"pull_request": {"number": 1, "head": {"sha": SHA}, "base": {"sha": "main"}}},
            "pull_request.base.sha",
        ),
        (
            {"pull_request": {"number": "x", "head": {"sha": SHA}, "base": {"sha": BASE}}},
            "pull_request.number",
        ),
        ({"repository": {"id": 7, "full_name": "acme/.."}}, "repository.full_name"),
        ({"installation": None}, "installation"),
    ],
)
async def test_nothing_from_the_payload_bends_a_path(change: dict[str, Any], field: str) -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        with pytest.raises(Invalid) as caught:
            await here.see(**change)
        assert [problem.field for problem in caught.value.problems] == [field]
        assert here.github.calls == []


async def test_a_sighting_needs_no_more_than_to_compare() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        here.github.put("CODEOWNERS", "* @acme/payments\n")
        change = await here.see()
        assert (change.owners, change.policies, change.touches) == (None, (), ())
        assert len(here.asked("GET ")) == 1


END = {"sha": SHA, "ref": "retry", "user": JUN}
PULL = {"number": 12, "title": "x", "head": END, "base": END, "labels": [], "user": JUN}
PAYLOAD: dict[str, Any] = {
    "action": "opened",
    "pull_request": PULL,
    "repository": {"id": 7, "full_name": "acme/payments-api"},
    "installation": {"id": 99},
    "sender": JUN,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    outer=st.dictionaries(st.sampled_from(sorted(PAYLOAD)), JSON, max_size=2),
    inner=st.dictionaries(st.sampled_from(sorted(PULL)), JSON, max_size=2),
)
async def test_any_payload_is_asked_about_or_refused(outer: Any, inner: Any) -> None:
    payload = PAYLOAD | {"pull_request": PULL | inner} | outer
    given = Delivery(headers={"x-github-event": "pull_request"}, body=json.dumps(payload).encode())
    with suppress(Malformed, Invalid, Unreachable):
        assert await a_pipeline().read(given) is None
