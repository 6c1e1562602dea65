"""Two pull requests propose one commit to one branch, or one does so twice: there is one answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.signoff import Signoff, Status, Verdict
from tests.builders import a_click, hours, minutes
from tests.journeys.test_github_check import Queue, a_queue
from tests.pipelines.meeting import SHA

ADA = {"login": "ada", "type": "User", "id": 502}
KIM = {"login": "kim", "type": "User", "id": 503}
STRANGER = {"login": "nobody-we-know", "type": "User", "id": 666}
NEW = "5e" * 20
RUNS = "POST /repos/acme/payments-api/check-runs"


async def decide(queue: Queue, signoff: Signoff, verdict: Verdict = Verdict.APPROVE) -> Signoff:
    """By whoever may, one after the other, until it is decided."""
    for person in ("grace", "pat", "ruth"):
        now = await queue.house.now(signoff)
        if now.status.is_final:
            break
        click = a_click(now, person)
        asked = now.requirement.checklist
        await queue.house.signoffs.review(click, verdict, "because of this", asked)
    await queue.house.settle()
    return await queue.house.now(signoff)


async def proposed(queue: Queue, number: int, by: dict[str, Any], head: str, **said: Any) -> None:
    when = f"2026-11-21T11:{number}:00Z"
    queue.here.github.add_pull(number, head=head, updated_at=when, user=by, **said)
    delivery = queue.here.github.pull_delivery(number, action="opened", sender=by)
    await queue.arrives(delivery)


async def closed(queue: Queue, number: int) -> None:
    queue.here.github.say(number, state="closed", updated_at=f"2026-11-21T12:{number}:00Z")
    await queue.arrives(queue.here.github.pull_delivery(number, action="closed"))


async def sent(queue: Queue, to: str, at: str) -> None:
    """To another branch."""
    base = queue.here.github._pulls[12]["json"]["base"]
    queue.here.github.say(12, base={**base, "ref": to}, updated_at=f"2026-11-21T10:{at}Z")
    changes = {"base": {"ref": {"from": base["ref"]}}}
    await queue.arrives(queue.here.github.pull_delivery(12, action="edited", changes=changes))


async def pushed(queue: Queue, head: str, at: str) -> None:
    queue.here.github.add_pull(12, head=head, updated_at=f"2026-11-21T10:{at}Z")
    await queue.arrives(queue.here.github.pull_delivery(12, action="synchronize"))


def shown(queue: Queue, head: str = SHA, name: str = "Countersign/main") -> str:
    """The newest check of a name and commit: it counts."""
    found = [it for it in queue.here.github.checks if (it["head_sha"], it["name"]) == (head, name)]
    conclusion: str = found[-1]["conclusion"]
    return conclusion


async def test_a_stranger_takes_nothing_away_from_what_was_approved(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [mine] = await queue.waiting()
        await decide(queue, mine)
        await proposed(queue, 13, STRANGER, SHA)
        assert await queue.waiting() == []
        await closed(queue, 13)
        await queue.rerun()
        assert (shown(queue), queue.last["external_id"]) == ("success", mine.id)
        assert set(queue.conclusions) == {"action_required", "success"}


async def test_nor_from_what_waits(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [mine] = await queue.waiting()
        before = (mine.contributors, mine.requirement)
        text = "Made with Claude Code\n\nCo-authored-by: Grace <grace@acme.example>"
        await proposed(queue, 13, STRANGER, SHA, body=text)
        now = await queue.house.now(mine)
        assert (now.contributors, now.requirement) == before
        await closed(queue, 13)
        assert (shown(queue), queue.last["external_id"]) == ("action_required", mine.id)
        await decide(queue, mine)
        assert shown(queue) == "success"


async def test_of_two_that_wait_one_answer_is_enough(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [mine] = await queue.waiting()
        await proposed(queue, 13, KIM, SHA)
        [twin] = [it for it in await queue.waiting() if it.id != mine.id]
        await decide(queue, twin)
        assert (await queue.house.now(mine)).status is Status.SUPERSEDED
        assert (await queue.house.now(mine)).ended_by == twin.id
        assert (shown(queue), queue.last["external_id"]) == ("success", twin.id)


async def test_who_pushed_a_commit_does_not_approve_it_for_somebody_else(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        await proposed(queue, 14, ADA, NEW, body="Made with Claude Code")
        await proposed(queue, 15, KIM, NEW, body="")
        first, twin = (it for it in await queue.waiting() if it.change.revision == NEW)
        await queue.house.signoffs.reassess()
        first, twin = await queue.house.now(first), await queue.house.now(twin)
        assert {"ada", "kim"} <= first.contributors.people & twin.contributors.people
        assert twin.provenance.status == first.provenance.status
        with pytest.raises(Exception, match="had a part"):
            await queue.house.signoffs.review(a_click(twin, "ada"), Verdict.APPROVE, "mine")


@pytest.mark.parametrize("action", ["labeled", "opened"])
async def test_nor_if_hers_was_a_draft_or_was_given_up(tmp_path: Path, action: str) -> None:
    async with a_queue(tmp_path) as queue:
        github = queue.here.github
        github.add_pull(14, head=NEW, user=ADA, draft=action == "labeled", updated_at="")
        await queue.arrives(github.pull_delivery(14, action=action, sender=ADA))
        await closed(queue, 14)
        await proposed(queue, 15, KIM, NEW)
        [twin] = [it for it in await queue.waiting() if it.change.revision == NEW]
        assert {"ada", "kim"} <= twin.contributors.people


async def test_what_was_rejected_is_for_whoever_proposes_it(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        await proposed(queue, 14, ADA, NEW)
        [first] = [it for it in await queue.waiting() if it.change.revision == NEW]
        await decide(queue, first, Verdict.REJECT)
        await proposed(queue, 15, KIM, NEW)
        assert not [it for it in await queue.waiting() if it.change.revision == NEW]
        assert shown(queue, NEW) == "failure"


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("times", [0, 1])
async def test_what_is_decided_stays_so_through_drafts(
    tmp_path: Path, verdict: Verdict, times: int
) -> None:
    """Whether or not it had been one before it was decided."""
    async with a_queue(tmp_path) as queue:
        for _ in range(times):
            await queue.pulled("converted_to_draft", draft=True)
            await queue.pulled("ready_for_review", draft=False)
        [it] = await queue.waiting()
        await decide(queue, it, verdict)
        told = shown(queue)
        await queue.pulled("converted_to_draft", draft=True)
        await queue.pulled("ready_for_review", draft=False)
        assert await queue.waiting() == []
        assert shown(queue) == told == ("success" if verdict is Verdict.APPROVE else "failure")


async def test_pushed_back_to_an_older_head_it_is_asked_about_again(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        await pushed(queue, NEW, "02:00")
        await pushed(queue, SHA, "03:00")
        [it] = await queue.waiting()
        assert it.change.revision == SHA
        assert (shown(queue), shown(queue, NEW)) == ("action_required", "cancelled")


async def test_pushed_back_to_what_was_approved_nobody_is_asked(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [first] = await queue.waiting()
        await decide(queue, first)
        await pushed(queue, NEW, "02:00")
        assert [it.change.revision for it in await queue.waiting()] == [NEW]
        await pushed(queue, SHA, "03:00")
        assert await queue.waiting() == []
        assert (shown(queue), shown(queue, NEW)) == ("success", "cancelled")


async def test_sent_elsewhere_and_back_closed_and_opened(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        await sent(queue, "dev", "01:00")
        await sent(queue, "main", "02:00")
        assert [it.change.base_branch for it in await queue.waiting()] == ["main"]
        await queue.pulled("closed", state="closed")
        assert await queue.waiting() == []
        await queue.pulled("reopened", state="open")
        assert len(await queue.waiting()) == 1
        assert (shown(queue), shown(queue, name="Countersign/dev")) == (
            "action_required",
            "cancelled",
        )


async def test_closed_and_opened_twice_within_a_second(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        for _ in range(2):
            await queue.pulled("closed", state="closed", updated_at="2026-11-21T10:01:00Z")
            await queue.pulled("reopened", state="open", updated_at="2026-11-21T10:01:00Z")
        assert len(await queue.waiting()) == 1
        assert shown(queue) == "action_required"


async def test_told_twice_at_once_that_it_is_open_it_is_asked_about_once(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        await queue.pulled("closed", state="closed")
        queue.here.github.say(12, state="open")
        for _ in range(2):
            delivery = queue.here.github.pull_delivery(12, action="reopened")
            await queue.house.intake.receive("github", delivery)
        await queue.house.intake.read_waiting()
        await queue.house.settle()
        [it] = await queue.waiting()
        assert (shown(queue), queue.last["external_id"]) == ("action_required", it.id)


async def test_a_late_yes_is_not_told_over_a_no(tmp_path: Path) -> None:
    """The yes to one got no further than a 502; the other of the same commit is rejected."""
    async with a_queue(tmp_path) as queue:
        [mine] = await queue.waiting()
        await proposed(queue, 13, KIM, SHA)
        [twin] = [it for it in await queue.waiting() if it.id != mine.id]
        queue.here.github.fail(RUNS, 502, times=1)
        await decide(queue, mine)
        assert shown(queue) == "action_required"
        await decide(queue, twin, Verdict.REJECT)
        assert shown(queue) == "failure"
        queue.house.clock.go_on(minutes(30))
        await queue.house.settle()
        assert shown(queue) == "failure"
        report = (await queue.house.now(mine)).report
        assert report is not None
        assert report.detail == f"{twin.id} (pull/13)"


async def test_a_late_ending_is_not_told_over_a_yes(tmp_path: Path) -> None:
    """Closed, and that got no further than a 502; opened again, and approved."""
    async with a_queue(tmp_path) as queue:
        queue.here.github.fail(RUNS, 502, times=1)
        await queue.pulled("closed", state="closed")
        await queue.pulled("reopened", state="open")
        [again] = await queue.waiting()
        await decide(queue, again)
        assert shown(queue) == "success"
        queue.house.clock.go_on(minutes(30))
        await queue.house.settle()
        assert shown(queue) == "success"


async def test_run_again_by_a_strangers_check_what_expired_is_asked_again(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [mine] = await queue.waiting()
        queue.house.clock.go_on(hours(30))
        await queue.house.signoffs.pass_deadlines()
        await queue.house.settle()
        assert shown(queue) == "timed_out"
        await proposed(queue, 13, STRANGER, SHA)
        assert shown(queue) == "action_required"
        await closed(queue, 13)
        assert shown(queue) == "timed_out"
        await queue.rerun()
        [again] = await queue.waiting()
        assert (again.renews, shown(queue)) == (mine.id, "action_required")
