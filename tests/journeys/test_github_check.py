"""A pull request is closed, opened again, left to expire, and asked for again: its check says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.signoff import Signoff, Status
from bot.ports import Delivery
from tests.builders import hours
from tests.engine.house import House, a_house
from tests.pipelines.meeting import SHA, Meeting, meeting

NAME = "Countersign"


@dataclass(frozen=True)
class Queue:
    """GitHub, and the house that its deliveries reach."""

    here: Meeting
    house: House

    async def arrives(self, delivery: Delivery) -> None:
        await self.house.intake.receive("github", delivery)
        await self.house.intake.read_waiting()
        await self.house.settle()

    async def pulled(self, action: str, **said: Any) -> None:
        self.here.github.say(**said)
        await self.arrives(self.here.github.pull_delivery(action=action))

    async def rerun(self) -> None:
        app = {"id": int(self.here.github.app_id)}
        run = {"id": 1, "app": app, **self.last}
        await self.arrives(self.here.github.run_delivery(run))

    async def waiting(self) -> list[Signoff]:
        return list(await self.house.board.pending())

    @property
    def last(self) -> dict[str, Any]:
        """The check that counts: the newest."""
        return self.here.github.checks[-1]

    @property
    def conclusions(self) -> list[str]:
        return [check["conclusion"] for check in self.here.github.checks]


@asynccontextmanager
async def a_queue(path: Path) -> AsyncIterator[Queue]:
    async with meeting(check=NAME) as here:
        pipelines: Any = {"github": here.pipeline}
        async with a_house(path / "queue", pipelines=pipelines) as house:
            here.github.add_pull(head=SHA, updated_at="2026-11-21T10:00:00Z")
            queue = Queue(here, house)
            await queue.pulled("opened")
            yield queue


async def test_closed_and_opened_again(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [first] = await queue.waiting()
        await queue.pulled("closed", state="closed", updated_at="2026-11-21T10:01:00Z")
        assert await queue.waiting() == []
        assert (await queue.house.now(first)).abandoned
        await queue.pulled("reopened", state="open", updated_at="2026-11-21T10:02:00Z")
        [again] = await queue.waiting()
        assert again.change.revision == SHA
        assert queue.conclusions == ["action_required", "cancelled", "action_required"]
        assert queue.last["external_id"] == again.id


async def test_the_deliveries_arrive_the_wrong_way_round(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [first] = await queue.waiting()
        closed = queue.here.github.pull_delivery(action="closed")
        await queue.pulled("reopened", updated_at="2026-11-21T10:02:00Z")
        await queue.arrives(closed)
        assert [it.id for it in await queue.waiting()] == [first.id]
        assert queue.conclusions == ["action_required"]


async def test_it_is_opened_again_while_the_closing_is_written(tmp_path: Path) -> None:
    """Read as closed; before that is written the other delivery finds it waiting, and is done."""
    async with a_queue(tmp_path) as queue:
        queue.here.github.say(state="closed")
        closed = queue.here.github.pull_delivery(action="closed")

        def opens_again() -> None:
            queue.here.github.say(state="open", updated_at="2026-11-21T10:02:00Z")

        queue.here.github.meanwhile("/pulls/12", opens_again)
        await queue.arrives(closed)
        [again] = await queue.waiting()
        assert queue.last["conclusion"] == "action_required"
        await queue.pulled("reopened")
        assert [it.id for it in await queue.waiting()] == [again.id]


async def test_a_draft_and_ready_again(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        await queue.pulled("converted_to_draft", draft=True)
        assert await queue.waiting() == []
        await queue.pulled("ready_for_review", draft=False)
        assert len(await queue.waiting()) == 1


async def test_what_expired_is_asked_again_without_a_push(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [first] = await queue.waiting()
        queue.house.clock.go_on(hours(30))
        await queue.house.signoffs.pass_deadlines()
        await queue.house.settle()
        assert (await queue.house.now(first)).status is Status.EXPIRED
        await queue.rerun()
        [again] = await queue.waiting()
        assert again.renews == first.id
        assert queue.last["external_id"] == again.id
        assert queue.last["conclusion"] == "action_required"


async def test_what_waits_is_only_said_again(tmp_path: Path) -> None:
    async with a_queue(tmp_path) as queue:
        [first] = await queue.waiting()
        await queue.rerun()
        assert queue.conclusions == ["action_required"] * 2
        assert await queue.house.now(first) == first
