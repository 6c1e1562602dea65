"""What a pipeline says of a change that it told of before, in whatever order it says so."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import Change, Work
from bot.domain.conditions import When
from bot.domain.errors import NotYours
from bot.domain.signoff import Signoff, Status, Verdict
from bot.ports import Abandoned, AskedAgain, Delivery, Landing, TakenUp, Told, Undelivered
from tests.builders import a_change, a_click, a_policy, a_rule, hours, sha
from tests.engine.house import FakePipeline, House, a_house

WORK: Mapping[str, Any] = {"lineage": "pull/12", "by_lineage": True, "environment": "merge"}


@pytest.fixture
async def fetching(tmp_path: Path) -> AsyncIterator[House]:
    pipelines = {"payments-ci": FakePipeline(fetches=True)}
    async with a_house(tmp_path / "fetching", pipelines=pipelines) as house:
        yield house


def work(**said: Any) -> Change:
    return a_change(**{**WORK, **said})


def named(**said: Any) -> Work:
    """Whatever revision it is at, unless one is named."""
    it = work(**said)
    return Work(
        connection=it.connection,
        repository=it.repository,
        environment=it.environment,
        lineage=it.lineage,
        revision=said.get("revision", ""),
    )


def closed(**said: Any) -> Abandoned:
    return Abandoned(work=named(**said), why="It was closed")


def reopened(*, first: bool = True, **said: Any) -> TakenUp:
    return TakenUp(change=work(**said), first=first)


async def hears(house: House, *said: Told) -> None:
    """Deliveries of these, in this order."""
    for number, told in enumerate(said):
        body = f"{len(house.pipeline.readings)}.{number}".encode()
        house.pipeline.says[body] = told
        id = body.decode()
        given = Delivery(headers={"id": id, "signature": "good"}, body=body)
        await house.intake.receive("payments-ci", given)
        await house.intake.read_waiting()


async def waiting(house: House) -> list[Signoff]:
    return list(await house.board.pending())


async def test_what_was_closed_is_withdrawn_and_the_pipeline_told(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await hears(house, closed())
    await house.settle()
    now = await house.now(opened)
    assert (now.status, now.ended_by, now.ended_why) == (Status.WITHDRAWN, "", "It was closed")
    assert now.abandoned
    assert house.pipeline.taken == [(f"msg_{opened.id}_withdrawn", "withdrawn")]


async def test_the_trail_says_that_no_person_did_it(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await hears(house, closed())
    trail = await house.board.trail(opened.id)
    [ended] = [it for it in trail if it.kind == "withdrawn"]
    assert (ended.by, ended.reason) == ("", "It was closed")


async def test_told_twice_is_withdrawn_once(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await hears(house, closed(), closed())
    assert (await house.now(opened)).version == 2


async def test_every_revision_that_waits_is_withdrawn_at_once(house: House) -> None:
    first = await house.open(**{**WORK, "key": "1", "lineage": "pull/12"})
    keep = work(key="2", revision=sha("c"), base_branch="release")
    house.signoffs.keep_older = frozenset({"payments-ci"})
    second = (await house.signoffs.open(keep)).signoff
    await hears(house, closed())
    assert [(await house.now(it)).abandoned for it in (first, second)] == [True, True]


@pytest.mark.parametrize(
    "other",
    [
        {"lineage": "pull/13"},
        {"lineage": ""},
        {"repository": "acme/other"},
        {"environment": "production"},
        {"by_lineage": False},
    ],
)
async def test_nothing_else_is_withdrawn(house: House, other: dict[str, Any]) -> None:
    """A job that waits to deploy the same pull request still waits, and so does another's."""
    opened = (await house.signoffs.open(work(**other))).signoff
    await hears(house, closed(), closed(lineage=""))
    assert (await house.now(opened)).status is Status.PENDING


async def test_of_one_revision_only_that_one(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await hears(house, closed(revision=sha("c")))
    assert (await house.now(opened)).status is Status.PENDING
    await hears(house, closed(revision=opened.change.revision))
    assert (await house.now(opened)).abandoned


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
async def test_what_is_decided_stays_as_it_is(house: House, status: Status) -> None:
    opened = (await house.signoffs.open(work())).signoff
    verdict = Verdict.APPROVE if status is Status.APPROVED else Verdict.REJECT
    await house.review(opened, "ada", verdict)
    decided = await house.now(opened)
    await hears(house, closed(), reopened())
    assert (await house.now(opened)) == decided
    assert await waiting(house) == []


async def test_what_was_due_before_has_expired(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    house.clock.go_on(hours(9))
    await hears(house, closed())
    assert (await house.now(opened)).status is Status.EXPIRED


async def test_a_person_without_a_name_is_not_the_pipeline(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    with pytest.raises(NotYours):
        await house.signoffs.withdraw(a_click(opened, ""), "mine")
    assert (await house.now(opened)).status is Status.PENDING


async def test_what_is_opened_again_is_asked_about_anew(house: House) -> None:
    first = (await house.signoffs.open(work())).signoff
    await hears(house, closed(), reopened())
    [again] = await waiting(house)
    assert again.id != first.id
    assert again.change.revision == first.change.revision
    assert again.contributors.people >= first.contributors.people


async def test_and_once_more_after_that(house: House) -> None:
    await house.signoffs.open(work())
    await hears(house, closed(), reopened(), closed(), reopened(), reopened())
    [again] = await waiting(house)
    assert again.change.key == f"{work().key}/{again.id}"


async def test_closed_that_comes_after_reopened_leaves_nothing_without_an_answer(
    house: House,
) -> None:
    """Read when it was open already: it is no news."""
    opened = (await house.signoffs.open(work())).signoff
    await hears(house, reopened(), reopened(first=False))
    assert [it.id for it in await waiting(house)] == [opened.id]


async def test_it_is_opened_again_while_we_write_that_it_was_closed(house: House) -> None:
    """GitHub said "closed"; before that is written "reopened" arrives and finds it still waiting."""
    opened = (await house.signoffs.open(work())).signoff
    given = Delivery(headers={"id": "c", "signature": "good"}, body=b"closed")
    await hears(house, reopened())
    house.pipeline.says[b"closed"] = closed()
    house.pipeline.then_says.append((b"closed", reopened(first=False)))
    await house.intake.receive("payments-ci", given)
    [again] = await waiting(house)
    assert again.id != opened.id
    assert (await house.now(opened)).abandoned


async def test_it_cannot_be_looked_at_again_just_now(fetching: House) -> None:
    """The delivery is read again until it can."""
    opened = (await fetching.signoffs.open(work())).signoff
    fetching.pipeline.says[b"closed"] = closed()
    fetching.pipeline.then_says.append((b"closed", Undelivered("down")))
    fetching.pipeline.then_says.append((b"closed", reopened(first=False)))
    given = Delivery(headers={"id": "c", "signature": "good"}, body=b"closed")
    await fetching.intake.receive("payments-ci", given)
    await fetching.intake.read_waiting()
    assert (await fetching.now(opened)).abandoned
    assert await waiting(fetching) == []
    fetching.clock.go_on(hours(1))
    await fetching.intake.read_waiting()
    assert len(await waiting(fetching)) == 1


async def test_an_ending_opens_nothing_that_was_never_asked_about(house: House) -> None:
    """It does not say who pushed, and whoever pushed must not sign."""
    await hears(house, reopened(first=False))
    assert await waiting(house) == []


async def test_what_a_person_took_back_stays_taken_back(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await house.signoffs.withdraw(a_click(opened, "jun"), "not yet")
    await hears(house, reopened())
    assert await waiting(house) == []


def again(signoff: Signoff, **said: Any) -> AskedAgain:
    change = signoff.change
    return AskedAgain(
        **{
            "connection": change.connection,
            "repository": change.repository,
            "revision": change.revision,
            "signoffs": (signoff.id,),
            **said,
        }
    )


async def expired(house: House) -> Signoff:
    opened = (await house.signoffs.open(work(reply_to={"check": "x"}))).signoff
    house.clock.go_on(hours(9))
    await house.signoffs.pass_deadlines()
    await house.settle()
    return await house.now(opened)


async def test_what_expired_is_asked_again(house: House) -> None:
    old = await expired(house)
    await hears(house, again(old))
    [new] = await waiting(house)
    assert (new.renews, new.change) == (old.id, old.change)


async def test_asked_for_again_twice_is_asked_once(house: House) -> None:
    old = await expired(house)
    await hears(house, again(old), again(old))
    assert len(await waiting(house)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"repository": "acme/other"},
        {"revision": sha("c")},
        {"connection": "other"},
        {"signoffs": ("sgn_none",)},
    ],
)
async def test_of_another_place_nothing_is_asked_again(house: House, wrong: dict[str, Any]) -> None:
    old = await expired(house)
    told = list(house.pipeline.taken)
    await hears(house, again(old, **wrong))
    assert await waiting(house) == []
    assert house.pipeline.taken == told


async def test_what_waits_is_told_once_more_and_waits_on(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await hears(house, again(opened))
    assert house.pipeline.shown == [(opened.id, "pending")]
    assert (await house.now(opened)) == opened


async def test_what_is_rejected_stays_rejected(house: House) -> None:
    opened = (await house.signoffs.open(work())).signoff
    await house.review(opened, "ada", Verdict.REJECT)
    before = await house.now(opened)
    await hears(house, again(opened))
    assert house.pipeline.taken == [(f"msg_{opened.id}_rejected", "rejected")]
    assert (await house.now(opened)) == before


class Hurried(FakePipeline):
    """While it is told that it waits, somebody approves."""

    house: House

    async def show_waiting(self, signoff: Signoff) -> None:
        await self.house.review(signoff, "ada")
        await FakePipeline.show_waiting(self, signoff)


async def test_the_last_word_is_what_is_so(tmp_path: Path) -> None:
    hurried = Hurried()
    async with a_house(tmp_path / "hurried", pipelines={"payments-ci": hurried}) as house:
        hurried.house = house
        opened = (await house.signoffs.open(work())).signoff
        await hears(house, again(opened))
        assert hurried.shown == [(opened.id, "pending")]
        assert hurried.taken == [(f"msg_{opened.id}_approved", "approved")]


NAMED = a_policy(a_rule("production", When(environment=("prod*",))))


@pytest.mark.parametrize(
    ("environment", "level"), [("production", logging.ERROR), ("preview", logging.WARNING)]
)
async def test_a_deployment_that_nobody_asked_about_is_not_passed_over_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, environment: str, level: int
) -> None:
    what = f"abc of acme/payments-api to {environment}"
    landed = Landing(
        connection="payments-ci", key="x", succeeded=True, what=what, environment=environment
    )
    async with a_house(tmp_path / "named", policy=NAMED) as house:
        with caplog.at_level(logging.WARNING):
            await hears(house, landed)
        assert [it.levelno for it in caplog.records if what in it.getMessage()] == [level]
        assert await waiting(house) == []
