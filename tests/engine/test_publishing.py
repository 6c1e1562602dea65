"""Subscribers hear that a signoff was asked for, who answered, and how it ended; each of it once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.domain.effects import Publish
from bot.domain.override import OverrideRules
from bot.domain.signoff import Signoff, Verdict
from bot.engine.publishing import Publishing
from bot.ports import Undelivered, Unreachable
from storage import outbox
from storage.store import Session
from tests.builders import a_click, hours
from tests.engine.house import House, a_house


@dataclass
class Ear:
    """A subscriber; `troubles` come before it listens."""

    heard: list[tuple[str, str, str]] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)

    async def publish(self, signoff: Signoff, news: Publish) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.heard.append((news.news, news.decision, news.by))


EVERYTHING = frozenset({"created", "updated", "closed"})


def listening(house: House, **wanted: frozenset[str]) -> dict[str, Ear]:
    ears = {name: Ear() for name in wanted}
    house.signoffs.publishing = Publishing(wanted)  # type: ignore[arg-type]
    house.dispatcher.carrier.subscribers = ears
    return ears


async def test_a_signoff_is_heard_of_from_its_beginning_to_its_end(house: House) -> None:
    ears = listening(house, lake=EVERYTHING)
    await house.review(await house.open())
    await house.settle()
    assert ears["lake"].heard == [
        ("created", "", ""),
        ("updated", "approved", "ada"),
        ("closed", "approved", "ada"),
    ]
    assert not await house.store.read(_left)


async def test_a_rejection_and_its_end(house: House) -> None:
    ears = listening(house, lake=EVERYTHING)
    await house.review(await house.open(), verdict=Verdict.REJECT, reason="no tests")
    await house.settle()
    assert ears["lake"].heard[1:] == [("updated", "rejected", "ada"), ("closed", "rejected", "ada")]


async def test_what_a_newer_one_superseded_was_nobody_s_decision(house: House) -> None:
    ears = listening(house, lake=frozenset({"closed"}))
    await house.open()
    await house.open(key="4712", revision="b" * 40)
    await house.settle()
    assert ears["lake"].heard == [("closed", "deferred", "")]


async def test_each_hears_what_it_wants_and_none_hears_for_another(house: House) -> None:
    ears = listening(house, lake=frozenset({"created"}), pager=frozenset({"closed"}))
    await house.review(await house.open())
    await house.settle()
    assert [it[0] for it in ears["lake"].heard] == ["created"]
    assert [it[0] for it in ears["pager"].heard] == ["closed"]


async def test_without_subscribers_nothing_is_kept_for_them(house: House) -> None:
    await house.open()
    assert not await house.store.read(_left)


async def test_one_that_is_down_holds_up_neither_the_pipeline_nor_the_others(house: House) -> None:
    ears = listening(house, lake=EVERYTHING, pager=EVERYTHING)
    ears["lake"].troubles = [Unreachable("down", sent=False)] * 50
    await house.review(await house.open())
    await house.settle()
    assert len(ears["pager"].heard) == 3
    assert len(house.pipeline.taken) == 1
    assert ears["lake"].heard == []


async def test_what_it_refuses_for_good_is_parked_where_people_see_it(house: House) -> None:
    ears = listening(house, lake=frozenset({"closed"}))
    ears["lake"].troubles = [Undelivered("gone", final=True)]
    await house.review(await house.open())
    await house.settle()
    assert await house.store.read(_left) == {"@news lake": {"parked": 1}}


async def test_a_subscriber_that_is_gone_from_the_config_is_not_waited_for(house: House) -> None:
    listening(house, lake=frozenset({"created"}))
    await house.open()
    house.dispatcher.carrier.subscribers = {}
    await house.settle()
    assert await house.store.read(_left) == {"@news lake": {"parked": 1}}


def _left(session: Session) -> dict[str, dict[str, int]]:
    return {lane: dict(it) for lane, it in outbox.by_lane(session).items()}


@pytest.mark.parametrize("again", [1, 3])
async def test_the_same_change_told_again_is_no_news(house: House, again: int) -> None:
    ears = listening(house, lake=EVERYTHING)
    for _ in range(1 + again):
        await house.open()
    await house.settle()
    assert [it[0] for it in ears["lake"].heard] == ["created"]


async def test_what_its_author_withdrew_nobody_approved(house: House) -> None:
    ears = listening(house, lake=frozenset({"closed"}))
    signoff = await house.open()
    await house.signoffs.withdraw(a_click(signoff, "jun"), "not yet")
    await house.settle()
    assert ears["lake"].heard == [("closed", "deferred", "jun")]


async def test_what_nobody_decided_in_time_ended_by_itself(house: House) -> None:
    ears = listening(house, lake=frozenset({"closed"}))
    await house.open()
    house.clock.now += hours(9)
    await house.signoffs.pass_deadlines()
    await house.settle()
    assert ears["lake"].heard == [("closed", "deferred", "")]


async def test_an_override_is_heard_once_and_its_review_is_none_of_it(tmp_path: Path) -> None:
    """Not when it is overdue, nor when somebody reviews it: the end of it was told."""
    rules = OverrideRules(people=frozenset({"pat"}), channel="C0SEC")
    async with a_house(tmp_path, overrides=rules) as house:
        ears = listening(house, lake=EVERYTHING)
        signoff = await house.open()
        await house.signoffs.override(a_click(signoff, "pat"), "INC-7", "all is down")
        house.clock.go_on(hours(25))
        await house.signoffs.pass_deadlines()
        await house.signoffs.review_override(a_click(signoff, "ada"), "it was right", fine=True)
        await house.settle()
        assert ears["lake"].heard == [("created", "", ""), ("closed", "approved", "pat")]
