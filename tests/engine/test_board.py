"""How do things stand, and is nobody left waiting who need not be?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.domain.events import Event
from bot.domain.signoff import Status, Verdict
from bot.engine.board import Board
from storage.store import Store
from tests.builders import NOW, a_policy, a_rule, hours, minutes, sha
from tests.engine.house import House, a_board, a_house


async def waiting(house: House, signoff_id: str, seconds: float = 30) -> asyncio.Task[Any]:
    """Somebody who waits, and has begun to."""
    task = asyncio.create_task(house.board.wait(signoff_id, seconds))
    await asyncio.sleep(0)  # not a wait: the task takes its first step, and has its ear at the bell
    assert signoff_id in house.bell._waiting
    return task


async def test_who_waits_hears_at_once(house: House) -> None:
    signoff = await house.open()
    task = await waiting(house, signoff.id)
    approved = await house.review(signoff)
    async with asyncio.timeout(5):
        assert await task == approved


async def test_a_step_that_decides_nothing_does_not_end_the_wait(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy(a_rule(approvals=2))) as house:
        signoff = await house.open()
        task = await waiting(house, signoff.id)
        await house.review(signoff, "ada")
        await house.board.pending()
        assert not task.done()
        await house.review(await house.now(signoff), "grace")
        async with asyncio.timeout(5):
            assert (await task).status is Status.APPROVED


async def test_when_time_is_over_it_says_how_things_stand(house: House) -> None:
    signoff = await house.open()
    assert await house.board.wait(signoff.id, 0.01) == signoff


async def test_what_is_decided_is_answered_at_once(house: House) -> None:
    approved = await house.review(await house.open())
    async with asyncio.timeout(5):
        assert await house.board.wait(approved.id, 3600) == approved


async def test_nobody_waits_for_what_does_not_exist(house: House) -> None:
    async with asyncio.timeout(5):
        assert await house.board.wait("sgn_x", 3600) is None


async def test_whoever_gave_up_is_forgotten(house: House) -> None:
    signoff = await house.open()
    task = await waiting(house, signoff.id)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not house.bell._waiting


@dataclass
class DecidingWhileWeRead:
    """A store in which something is decided between the look and the waiting."""

    store: Store
    then: Callable[[], Any] | None = None

    async def read(self, unit: Any) -> Any:
        seen = await self.store.read(unit)
        if self.then:
            then, self.then = self.then, None
            await then()
        return seen


async def test_what_is_decided_between_the_look_and_the_waiting_is_not_missed(
    house: House,
) -> None:
    signoff = await house.open()
    store: Any = DecidingWhileWeRead(house.store, lambda: house.review(signoff))
    board = a_board(store, house.rulebook, house.bell)
    async with asyncio.timeout(5):
        decided = await board.wait(signoff.id, 3600)
    assert decided is not None
    assert decided.status is Status.APPROVED


async def test_who_waits_looks_again_by_itself(house: House) -> None:
    """What another process decided, and told nobody."""
    signoff = await house.open()
    elsewhere = a_board(house.store, house.rulebook)
    async with asyncio.timeout(5):
        task = asyncio.create_task(elsewhere.wait(signoff.id, 3600, again_after=0.05))
        await asyncio.sleep(0)  # not a wait: it has looked, or is about to
        approved = await house.review(signoff)
        assert await task == approved


async def test_many_wait_and_all_hear(house: House) -> None:
    signoff = await house.open()
    tasks = [await waiting(house, signoff.id) for _ in range(50)]
    await house.review(signoff)
    async with asyncio.timeout(10):
        assert {one.status for one in await asyncio.gather(*tasks)} == {Status.APPROVED}


async def test_what_waits_for_whom(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy(a_rule(approvals=2))) as house:
        late = await house.open(key="1", environment="staging")
        house.clock.go_on(minutes(1))
        mine = await house.open(key="2", author="ada")
        theirs = await house.open(key="3", repository="acme/website")
        board = house.board
        assert [s.id for s in await board.pending()] == [late.id, mine.id, theirs.id]
        assert [s.id for s in (await board.share("ada")).waiting] == [late.id]
        assert [s.id for s in (await board.share("grace")).waiting] == [late.id, mine.id]
        assert [s.id for s in (await board.share("pat")).waiting] == [theirs.id]
        assert (await board.share("jun")).waiting == ()
        assert (await board.share("stranger")).waiting == ()
        assert [s.id for s in (await board.share("ada")).own] == [mine.id]
        assert {s.id for s in await board.recent(2)} == {mine.id, theirs.id}


async def test_of_groups_what_they_have_to_decide(house: House) -> None:
    mine = await house.open(key="1", author="ada")
    theirs = await house.open(key="2", repository="acme/website")
    assert [s.id for s in (await house.board.share("ada")).groups] == [mine.id]
    assert [s.id for s in (await house.board.share("ruth")).groups] == [theirs.id]
    assert (await house.board.share("jun")).groups == ()
    assert (await house.board.share("stranger")).groups == ()


async def test_what_i_decided_the_last_first(house: House) -> None:
    first = await house.open(key="1")
    second = await house.open(key="2", repository="acme/payments-web")
    await house.review(second)
    house.clock.go_on(minutes(1))
    await house.review(first, verdict=Verdict.REJECT)
    assert [s.id for s in await house.board.decided_by("ada")] == [first.id, second.id]
    assert [s.id for s in await house.board.decided_by("ada", 1)] == [second.id]
    assert await house.board.decided_by("grace") == []
    house.clock.go_on(hours(24 * 31))
    assert await house.board.decided_by("ada") == []


async def test_what_expired_may_be_asked_for_again_for_a_week(house: House) -> None:
    expired = await house.open()
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    assert [s.id for s in (await house.board.share("jun")).expired] == [expired.id]
    assert (await house.board.share("ada")).expired == ()
    house.clock.go_on(hours(24 * 7 + 1))
    assert (await house.board.share("jun")).expired == ()


async def test_what_was_asked_for_again_is_not_offered_again(house: House) -> None:
    expired = await house.open()
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    await house.settle()
    await house.signoffs.renew(await house.now(expired), "jun")
    assert (await house.board.share("jun")).expired == ()


async def test_what_would_take_the_place_of_something_newer_is_not_offered(house: House) -> None:
    await house.open()
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    await house.open(key="2", environment="staging")
    assert len((await house.board.share("jun")).expired) == 1
    await house.open(key="3", revision=sha("b"))
    assert (await house.board.share("jun")).expired == ()


async def test_how_often_somebody_was_asked_in_the_last_week(house: House) -> None:
    assert await house.board.asked_lately("ada") == 0
    await house.review(await house.open(key="1"), "ada")
    await house.open(key="2", repository="acme/payments-web")
    assert await house.board.asked_lately("ada") == 2
    house.clock.go_on(hours(24 * 8))
    assert await house.board.asked_lately("ada") == 0


async def test_of_what_hangs_it_counts_what_is_not_true_yet(house: House) -> None:
    assert await house.board.surfaces() == {"wanting": 0, "parked": 0}
    await house.open()
    assert (await house.board.surfaces())["wanting"] >= 3
    await house.settle()
    assert await house.board.surfaces() == {"wanting": 0, "parked": 0}


async def test_what_i_reviewed_waits_for_me_no_more(tmp_path: Path) -> None:
    async with a_house(tmp_path, policy=a_policy(a_rule(approvals=2))) as house:
        await house.review(await house.open(), "ada")
        assert (await house.board.share("ada")).waiting == ()
        assert len((await house.board.share("grace")).waiting) == 1


@pytest.mark.parametrize("name", ["sgn_1", "sgn", "payments-api/deploy/4711"])
async def test_it_is_found_by_id_by_its_beginning_and_by_key(house: House, name: str) -> None:
    signoff = await house.open()
    assert await house.board.named(name) == [signoff]


@pytest.mark.parametrize("name", ["sgn_2", "%", "_gn", "payments-api", "SGN_1%"])
async def test_it_is_not_found_by_anything_else(house: House, name: str) -> None:
    await house.open()
    assert await house.board.named(name) == []


async def test_the_backlog_counts_what_waits(house: House) -> None:
    assert await house.board.backlog() == {"waiting": 0, "parked": 0, "unread": 0}
    await house.review(await house.open())
    assert await house.board.backlog() == {"waiting": 2, "parked": 0, "unread": 0}


async def test_the_next_moment_that_something_is_due(house: House) -> None:
    assert await house.board.next_due() is None
    await house.open()
    await house.settle()
    assert await house.board.next_due() == NOW + minutes(15)
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    await house.settle()
    assert await house.board.next_due() is None


async def test_one_that_nobody_can_pass_does_not_hide_the_next(house: House) -> None:
    await house.open(key="payments-api/deploy/1")
    house.clock.go_on(minutes(20))
    await house.open(key="payments-api/deploy/2", repository="acme/other")
    await house.settle()
    assert await house.board.next_due() == NOW + minutes(15)
    assert await house.board.next_due(house.clock()) == NOW + minutes(35)


async def test_the_attestation_is_there_once_it_is_decided(house: House) -> None:
    signoff = await house.open()
    await house.settle()
    assert await house.board.attestation(signoff.id) is None
    await house.review(signoff)
    await house.settle()
    assert await house.board.attestation(signoff.id) == "signed approved"


async def test_the_audit_trail_holds(house: House) -> None:
    await house.review(await house.open())
    await house.open(key="2", revision=sha("b"))
    assert await house.board.broken() is None


async def test_what_is_decided_while_somebody_looks_is_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail, reviewers = Board.trail, ["ada", "grace"]

    async def between_two_reviews(board: Board, signoff_id: str) -> Sequence[Event]:
        await review_by_one_more()
        told = await trail(board, signoff_id)
        await review_by_one_more()
        return told

    async with a_house(tmp_path, policy=a_policy(a_rule(approvals=2))) as house:
        signoff = await house.open()

        async def review_by_one_more() -> None:
            if reviewers:
                await house.review(await house.now(signoff), reviewers.pop(0))

        monkeypatch.setattr(Board, "trail", between_two_reviews)
        assert await house.board.broken() is None
        assert (await house.now(signoff)).status is Status.APPROVED
