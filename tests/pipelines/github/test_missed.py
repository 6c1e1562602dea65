"""GitHub never tries again by itself: what did not reach us is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.pipelines.github.missed import AT_ONCE, MOST_PAGES, TRIES, Missed
from bot.pipelines.github.pipeline import EVENTS
from bot.ports import Sweeper, Undelivered
from tests.pipelines.github.fake_github import FakeGitHub
from tests.pipelines.meeting import Meeting, a_pipeline, meeting
from tests.pipelines.signoffs import NOON


def failed(id: int, **said: Any) -> dict[str, Any]:
    return {
        "id": id,
        "guid": f"guid-{id}",
        "event": "deployment_protection_rule",
        "delivered_at": "2026-11-21T11:00:00Z",
        "status": "timed out",
        "status_code": 0,
    } | said


@asynccontextmanager
async def missing() -> AsyncIterator[tuple[Missed, FakeGitHub, Meeting]]:
    async with meeting() as here:
        app = here.pipeline.app
        yield Missed(app=app, clock=lambda: NOON, events=EVENTS), here.github, here


async def test_what_failed_is_asked_for_the_oldest_first() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(3), failed(2), failed(1)]
        assert await missed.ask_again() == 3
        assert github.tried_again == [1, 2, 3]


async def test_nothing_failed_and_nothing_is_asked_for() -> None:
    async with missing() as (missed, github, _):
        assert await missed.ask_again() == 0
        assert github.tried_again == []


async def test_one_delivery_is_asked_for_once_however_often_it_failed() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(2, guid="same"), failed(1, guid="same")]
        assert await missed.ask_again() == 1


@pytest.mark.parametrize(
    "said", [{"event": "star"}, {"delivered_at": "2026-11-18T11:59:00Z"}, {"event": ""}]
)
async def test_what_is_not_for_us_or_too_old_is_left_alone(said: dict[str, str]) -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(1, **said)]
        assert await missed.ask_again() == 0


async def test_what_is_refused_again_and_again_is_not_asked_for_for_ever() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(1)]
        assert [await missed.ask_again() for _ in range(5)] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("rounds", [TRIES, TRIES + 2])
async def test_an_outage_is_not_counted_against_a_delivery(rounds: int) -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(1)]
        for _ in range(rounds):
            github.fail("attempts", 503, times=99)
            with pytest.raises(Undelivered):
                await missed.ask_again()
        github.works_again()
        assert [await missed.ask_again() for _ in range(4)] == [1, 1, 1, 0]


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'[{"id": "x"}]', b"null"])
async def test_an_answer_of_another_shape_is_no_answer(body: bytes) -> None:
    async with missing() as (missed, github, _):
        github.fail("hook/deliveries", 200, body=body)
        with pytest.raises(Undelivered):
            await missed.ask_again()


async def test_the_pipeline_sweeps() -> None:
    async with missing() as (missed, github, here):
        pipeline = a_pipeline(here.pipeline.app, missed=missed)
        assert isinstance(pipeline, Sweeper)
        github.failed = [failed(1)]
        await pipeline.sweep()
        assert github.tried_again == [1]


async def test_one_that_cannot_be_had_does_not_hide_the_others() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(2), failed(1)]
        github.fail("deliveries/1/attempts", 422, times=99)
        assert [await missed.ask_again() for _ in range(4)] == [1, 1, 1, 0]
        assert github.tried_again == [2, 2, 2]


async def test_all_pages_are_looked_at_and_no_more_is_asked_for_than_github_takes() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(n) for n in range(250, 0, -1)]
        assert await missed.ask_again() == AT_ONCE
        assert github.tried_again[:3] == [1, 2, 3]


async def test_it_is_not_read_for_ever() -> None:
    async with missing() as (missed, github, here):
        github.failed = [failed(n) for n in range(2_000, 0, -1)]
        await missed.ask_again()
        assert len(here.asked("status=failure")) == MOST_PAGES


async def test_what_is_too_old_is_not_read_on() -> None:
    async with missing() as (missed, github, here):
        old = [failed(n, delivered_at="2026-11-18T11:59:00Z") for n in range(1, 501)]
        github.failed = [failed(1_000), *old]
        assert await missed.ask_again() == 1
        assert len(here.asked("status=failure")) == 1


async def test_what_was_brought_since_is_not_asked_for_again_by_a_new_process() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(2), failed(1)]
        github.taken = [failed(3, guid="guid-1", redelivery=True)]
        assert await missed.ask_again() == 1
        assert github.tried_again == [2]


async def test_what_failed_for_other_processes_counts() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(n, guid="same", redelivery=n > 1) for n in range(4, 0, -1)]
        assert await missed.ask_again() == 0
        github.failed = github.failed[1:]
        assert await missed.ask_again() == 1


async def test_where_github_wants_us_to_be_slower_we_are() -> None:
    async with missing() as (missed, github, _):
        github.failed = [failed(2), failed(1)]
        github.fail("attempts", 403, headers={"retry-after": "60"}, times=9)
        with pytest.raises(Undelivered):
            await missed.ask_again()
        assert github.tried_again == []


@pytest.mark.parametrize(
    "link",
    ['<https://x/?cursor=a%26status%3Dx>; rel="next"', '<https://[/?cursor=a>; rel="next"', "no"],
)
async def test_a_cursor_that_is_none_is_the_end(link: str) -> None:
    async with missing() as (missed, github, here):
        github.fail("status=failure", 200, body=b"[]", headers={"link": link})
        assert await missed.ask_again() == 0
        assert len(here.asked("status=failure")) == 1
