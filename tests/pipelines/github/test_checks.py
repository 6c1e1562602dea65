"""A pull request waits for our check before it is merged, and so does a merge queue."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.signoff import Status
from bot.ports import Herald, Invalid, Sighting, Undelivered
from tests.pipelines.asked import asked
from tests.pipelines.github.fake_github import BASE, a_commit, a_file
from tests.pipelines.meeting import SHA, Meeting, meeting
from tests.pipelines.signoffs import a_signoff

GROUP, OTHER = "d" * 40, "c" * 40
NAME = "Countersign"
ADDRESS = {
    "repository": "acme/payments-api",
    "installation_id": "99",
    "check": f"{NAME}/main",
    "sha": SHA,
}


async def pulled(here: Meeting, **said: Any) -> Change:
    return asked(await here.pipeline.read(here.github.pull_delivery(**said)))


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
async def test_a_pull_request_asks_for_a_signoff(action: str) -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, labels=[{"name": "ai"}])
        change = await pulled(here, action=action)
    assert (change.environment, change.revision, change.lineage) == ("merge", SHA, "pull/12")
    assert change.reply_to == ADDRESS
    assert change.files_complete
    assert change.commits_complete
    assert change.shows_waiting
    assert change.key == f"7/merge/12/main/{SHA}"


async def test_without_a_check_it_is_only_looked_at() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        assert isinstance(await here.pipeline.read(here.github.pull_delivery()), Sighting)
        assert await here.pipeline.read(here.github.group_delivery(head=GROUP)) is None


async def test_a_draft_is_only_looked_at() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, draft=True)
        assert isinstance(await here.pipeline.read(here.github.pull_delivery()), Sighting)


@pytest.mark.parametrize("action", ["edited", "labeled"])
async def test_what_is_said_of_it_asks_nobody_again(action: str) -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        given = here.github.pull_delivery(action=action, changes={"title": {"from": "x"}})
        assert isinstance(await here.pipeline.read(given), Sighting)


async def test_into_another_branch_it_is_another_change() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        first = await pulled(here)
        base = {"sha": OTHER, "ref": "release", "user": None}
        here.github.add_pull(head=SHA, base=base, updated_at="2026-11-21T10:00:01Z")
        changes = {"base": {"ref": {"from": "main"}, "sha": {"from": BASE}}}
        then = await pulled(here, action="edited", changes=changes)
        here.github.add_pull(head=SHA, updated_at="2026-11-21T10:00:02Z")
        back = here.github.pull_delivery(action="edited", changes=changes)
        once = asked(await here.pipeline.read(back))
    assert (then.base_branch, then.base_revision) == ("release", OTHER)
    assert then.reply_to["check"] == f"{NAME}/release"
    assert first.key != then.key
    assert once.key == first.key


async def test_a_pull_request_that_was_sent_elsewhere_since_has_a_delivery_of_its_own() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        old = here.github.pull_delivery()
        here.github.add_pull(head=SHA, base={"sha": OTHER, "ref": "release", "user": None})
        assert isinstance(await here.pipeline.read(old), Sighting)


async def test_files_of_another_branch_are_not_all_there_is() -> None:
    """Sent elsewhere while we ask, and back: the list was made in between."""
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, files=[a_file("payments/core.py")])
        delivery = here.github.pull_delivery()
        compared = here.github._compared[BASE, SHA]
        here.github.say_files(12, [a_file("README.md")])
        assert compared["files"] != []
        change = asked(await here.pipeline.read(delivery))
    assert not change.files_complete
    assert not change.commits_complete


async def test_a_group_goes_where_its_pull_request_goes() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        here.github.queue(GROUP)
        given = here.github.group_delivery(head=GROUP, base_ref="refs/heads/release")
        with pytest.raises(Invalid, match="base_ref"):
            await here.pipeline.read(given)


async def test_a_delivery_about_a_revision_that_was_pushed_over_is_not_asked_about() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        old = here.github.pull_delivery(action="synchronize")
        here.github.add_pull(head=OTHER)
        seen = await here.pipeline.read(old)
        assert isinstance(seen, Sighting)
        assert seen.change.revision == SHA
        assert (await pulled(here, action="synchronize")).revision == OTHER


async def test_a_list_that_github_cuts_off_is_not_all_of_it() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, files=[a_file(f"f{n}.py") for n in range(3_000)])
        change = await pulled(here)
    assert not change.files_complete


@pytest.mark.trap(16)
async def test_a_merge_group_is_judged_as_it_will_be_merged() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA, commits=[a_commit(SHA), a_commit(OTHER)])
        here.github.queue(GROUP)
        change = await here.pipeline.read(here.github.group_delivery(head=GROUP))
    assert isinstance(change, Change)
    assert (change.revision, change.base_revision) == (GROUP, BASE)
    assert (change.environment, change.lineage) == ("merge", "pull/12")
    assert change.reply_to == ADDRESS | {"sha": GROUP}
    assert [file.path for file in change.files] == ["refunds/retry.py"]
    assert change.commits_complete


async def test_a_group_that_github_has_forgotten_is_unknown() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        here.github.move("gone", GROUP)
        change = await here.pipeline.read(here.github.group_delivery(head=GROUP))
    assert isinstance(change, Change)
    assert not change.files_complete
    assert not change.commits_complete


@pytest.mark.parametrize(
    "ref", ["refs/heads/main", "refs/heads/gh-readonly-queue/main/pr-x-" + BASE, ""]
)
async def test_a_group_of_another_name_is_refused(ref: str) -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        with pytest.raises(Invalid, match="head_ref"):
            await here.pipeline.read(here.github.group_delivery(head=GROUP, head_ref=ref))


@pytest.mark.parametrize(
    ("status", "conclusion"),
    [
        (Status.APPROVED, "success"),
        (Status.OVERRIDDEN, "success"),
        (Status.NOT_REQUIRED, "success"),
        (Status.REJECTED, "failure"),
        (Status.EXPIRED, "timed_out"),
        (Status.SUPERSEDED, "cancelled"),
        (Status.WITHDRAWN, "cancelled"),
    ],
)
async def test_the_answer_is_the_check(status: Status, conclusion: str) -> None:
    async with meeting(check=NAME) as here:
        await here.pipeline.report(a_signoff(status, reply_to=ADDRESS))
        [check] = here.github.checks
    told = (check["name"], check["head_sha"], check["conclusion"])
    assert told == (f"{NAME}/main", SHA, conclusion)
    assert check["external_id"] == "sgn_1"


@pytest.mark.parametrize("status", list(Status))
async def test_only_what_goes_on_is_a_success(status: Status) -> None:
    async with meeting(check=NAME) as here:
        await here.pipeline.report(a_signoff(status, reply_to=ADDRESS))
        [check] = here.github.checks
    assert (check["conclusion"] == "success") is status.proceed


async def test_until_then_the_check_says_that_it_waits() -> None:
    async with meeting(check=NAME) as here:
        assert isinstance(here.pipeline, Herald)
        await here.pipeline.show_waiting(a_signoff(Status.PENDING, reply_to=ADDRESS))
        [check] = here.github.checks
    assert check["conclusion"] == "action_required"
    assert check["output"]["title"] == "Waiting for sign-off"


async def test_once_its_override_ended_a_check_is_no_success_and_says_how_to_go_on() -> None:
    async with meeting(check=NAME) as here:
        await here.pipeline.take_back(a_signoff(Status.OVERRIDDEN, reply_to=ADDRESS))
        [check] = here.github.checks
    assert (check["name"], check["head_sha"]) == (f"{NAME}/main", SHA)
    assert check["conclusion"] == "timed_out"
    assert check["output"]["title"] == "The override has ended"
    assert "Re-run this check, or push again, to ask again." in check["output"]["summary"]


async def test_a_job_that_waits_is_told_what_for_and_waits_on() -> None:
    async with meeting() as here:
        here.github.add_pull(head=SHA)
        change = await here.read()
        waiting = a_signoff(Status.PENDING, reply_to=dict(change.reply_to))
        await here.pipeline.show_waiting(waiting)
        assert here.github.decisions == []
        await here.pipeline.report(a_signoff(reply_to=dict(change.reply_to)))
    [remark], [decision] = here.github.remarks, here.github.decisions
    assert "Waiting for sign-off" in remark
    assert decision.state == "approved"


@pytest.mark.parametrize("wrong", [{"sha": OTHER}, {"sha": "x"}, {"installation_id": "1/2"}])
async def test_an_address_that_is_not_the_change_s_own_goes_nowhere(wrong: dict[str, str]) -> None:
    async with meeting(check=NAME) as here:
        with pytest.raises(Undelivered) as refused:
            await here.pipeline.report(a_signoff(reply_to=ADDRESS | wrong))
        assert refused.value.final
        assert here.github.checks == []


async def test_without_the_permission_the_answer_waits_where_people_see_it() -> None:
    async with meeting(check=NAME) as here:
        here.github.fail("check-runs", 403, body=b'{"message": "Resource not accessible"}')
        with pytest.raises(Undelivered) as refused:
            await here.pipeline.report(a_signoff(reply_to=ADDRESS))
        assert refused.value.final


@pytest.mark.parametrize(
    ("action", "part"), [("opened", True), ("synchronize", True), ("ready_for_review", False)]
)
async def test_only_who_pushed_had_a_part_in_it(action: str, part: bool) -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        eve = {"login": "eve", "type": "User", "id": 2}
        change = await pulled(here, action=action, sender=eve)
    assert ("eve" in {who.login for who in change.pushers}) is part


async def test_who_queues_it_had_no_part_in_it() -> None:
    async with meeting(check=NAME) as here:
        here.github.add_pull(head=SHA)
        here.github.queue(GROUP)
        change = await here.pipeline.read(here.github.group_delivery(head=GROUP))
    assert isinstance(change, Change)
    assert change.pushers == ()


async def test_a_check_that_expired_says_how_to_ask_again() -> None:
    async with meeting(check=NAME) as here:
        await here.pipeline.report(a_signoff(Status.EXPIRED, reply_to=ADDRESS))
        [check] = here.github.checks
    assert "Re-run this check" in check["output"]["summary"]
    assert "Run it again" not in check["output"]["summary"]
