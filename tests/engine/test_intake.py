"""What does a delivery become, and is none of them lost?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.signoff import Status
from bot.engine.opening import KeyReused, Opening
from bot.engine.patience import AT_LEAST
from bot.ports import (
    Delivery,
    Invalid,
    Malformed,
    Problem,
    Unauthenticated,
    Undelivered,
    Unreachable,
)
from storage import rulebooks
from tests.builders import FakeClock, a_change, ids, minutes
from tests.engine.house import FakePipeline, House, a_house


def delivery(body: bytes = b"one", id: str = "d1", signature: str = "good") -> Delivery:
    return Delivery(headers={"id": id, "signature": signature}, body=body)


async def arrives(house: House, connection: str, said: Delivery) -> Opening | None:
    return await house.intake.receive(connection, said)


@pytest.fixture
async def fetching(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose one neighbour has to be asked for the facts."""
    pipelines = {"github": FakePipeline(fetches=True)}
    async with a_house(tmp_path / "fetching", pipelines=pipelines) as house:
        yield house


async def test_what_says_everything_is_opened_at_once(house: House) -> None:
    house.pipeline.says[b"one"] = a_change()
    opening = await arrives(house, "payments-ci", delivery())
    assert opening is not None
    assert (opening.new, opening.signoff.status) == (True, Status.PENDING)
    assert await arrives(house, "payments-ci", delivery()) is not None
    assert len(await house.board.pending()) == 1


async def test_who_has_older_rules_leaves_what_waits_to_the_others(fetching: House) -> None:
    """The connection may be none of theirs: they would park it for good."""
    github, ours = fetching.pipelines["github"], fetching.rulebook.digest
    github.says[b"one"] = a_change(connection="github")
    await arrives(fetching, "github", delivery())
    await fetching.store.write(lambda session: rulebooks.enter(session, "sha256:newer"))
    await fetching.intake.read_waiting()
    assert github.readings == []
    await fetching.store.write(lambda session: rulebooks.enter(session, ours))
    await fetching.intake.read_waiting()
    assert github.readings == [b"one"]


async def test_what_is_about_something_else_is_nothing(house: House) -> None:
    house.pipeline.says[b"one"] = None
    assert await arrives(house, "payments-ci", delivery()) is None
    assert await house.board.pending() == []


async def test_what_is_not_proved_is_not_even_read(house: House, fetching: House) -> None:
    for kept in (house, fetching):
        (name,) = kept.pipelines
        with pytest.raises(Unauthenticated):
            await arrives(kept, name, delivery(signature="bad"))
        await kept.intake.read_waiting()
        assert kept.pipelines[name].readings == []


@pytest.mark.parametrize("problem", [Malformed("no JSON"), Invalid(Problem("title", "is missing"))])
async def test_who_sent_something_wrong_is_told(house: House, problem: Exception) -> None:
    house.pipeline.says[b"one"] = problem
    with pytest.raises(type(problem)):
        await arrives(house, "payments-ci", delivery())


async def test_who_uses_a_key_for_something_else_is_told(house: House) -> None:
    house.pipeline.says = {b"one": a_change(), b"two": a_change(title="other")}
    await arrives(house, "payments-ci", delivery())
    with pytest.raises(KeyReused):
        await arrives(house, "payments-ci", delivery(b"two"))


async def test_where_facts_must_be_fetched_it_is_stored_and_read_later(fetching: House) -> None:
    github = fetching.pipelines["github"]
    github.says[b"one"] = a_change(connection="github")
    assert await arrives(fetching, "github", delivery()) is None
    assert (github.readings, await fetching.board.pending()) == ([], [])
    await fetching.intake.read_waiting()
    assert len(await fetching.board.pending()) == 1
    await fetching.intake.read_waiting()
    assert github.readings == [b"one"]


async def test_the_same_delivery_twice_is_read_once(fetching: House) -> None:
    github = fetching.pipelines["github"]
    github.says[b"one"] = a_change(connection="github")
    for _ in range(3):
        await arrives(fetching, "github", delivery())
        await fetching.intake.read_waiting()
    assert github.readings == [b"one"]


async def test_those_who_read_are_woken_once(fetching: House) -> None:
    rings: list[int] = []
    fetching.bell.listen(lambda: rings.append(1))
    await arrives(fetching, "github", delivery())
    await arrives(fetching, "github", delivery())
    assert rings == [1]


async def test_what_is_stored_survives_a_restart(tmp_path: Path) -> None:
    clock, new_id = FakeClock(), ids()
    pipelines = {"github": FakePipeline(fetches=True)}
    async with a_house(tmp_path, clock, pipelines=pipelines, new_id=new_id) as house:
        await arrives(house, "github", delivery())
    pipelines["github"].says[b"one"] = a_change(connection="github")
    async with a_house(tmp_path, clock, pipelines=pipelines, new_id=new_id) as house:
        await house.intake.read_waiting()
        assert len(await house.board.pending()) == 1


@pytest.mark.parametrize(
    "problem",
    [Unreachable("down"), Undelivered("HTTP 502"), LookupError("a bug of an adapter")],
    ids=["unreachable", "undelivered", "bug"],
)
async def test_what_cannot_be_read_now_is_tried_again_and_holds_up_nobody(
    fetching: House, problem: Exception
) -> None:
    github = fetching.pipelines["github"]
    github.says = {b"one": problem, b"two": a_change(connection="github")}
    await arrives(fetching, "github", delivery())
    fetching.clock.go_on(minutes(0.001))
    await arrives(fetching, "github", delivery(b"two", "d2"))
    await fetching.intake.read_waiting()
    assert len(await fetching.board.pending()) == 1
    github.says[b"one"] = a_change(connection="github", key="2", environment="staging")
    fetching.clock.go_on(minutes(1))
    await fetching.intake.read_waiting()
    assert len(await fetching.board.pending()) == 2
    assert (await fetching.board.backlog())["unread"] == 0


@pytest.mark.parametrize(
    "problem",
    [
        Malformed("no JSON"),
        Invalid(Problem("title", "is missing")),
        Undelivered("no such app", final=True),
    ],
    ids=["malformed", "invalid", "final"],
)
async def test_what_can_never_be_read_is_parked(fetching: House, problem: Exception) -> None:
    github = fetching.pipelines["github"]
    github.says[b"one"] = problem
    await arrives(fetching, "github", delivery())
    await fetching.intake.read_waiting()
    assert (await fetching.board.backlog())["unread"] == 1
    fetching.clock.go_on(minutes(10_000))
    await fetching.intake.read_waiting()
    assert github.readings == [b"one"]


async def test_what_was_put_off_too_long_is_parked(fetching: House) -> None:
    fetching.pipelines["github"].says[b"one"] = Unreachable("down")
    await arrives(fetching, "github", delivery())
    fetching.clock.go_on(minutes(3 * 24 * 60))
    for _ in range(AT_LEAST + 1):
        await fetching.intake.read_waiting()
        fetching.clock.go_on(minutes(1))
    assert (await fetching.board.backlog())["unread"] == 1


async def test_a_delivery_for_a_connection_that_is_gone_is_parked(tmp_path: Path) -> None:
    clock = FakeClock()
    pipelines = {"github": FakePipeline(fetches=True)}
    async with a_house(tmp_path, clock, pipelines=pipelines) as house:
        await arrives(house, "github", delivery())
    async with a_house(tmp_path, clock, pipelines={}) as house:
        await house.intake.read_waiting()
        assert (await house.board.backlog())["unread"] == 1


async def test_a_key_that_is_known_with_another_body_is_read_and_done(fetching: House) -> None:
    github = fetching.pipelines["github"]
    github.says = {
        b"one": a_change(connection="github"),
        b"two": a_change(connection="github", title="other"),
    }
    for body in (b"one", b"two"):
        await arrives(fetching, "github", delivery(body, body.decode()))
        await fetching.intake.read_waiting()
    assert [signoff.change.title for signoff in await fetching.board.pending()] == ["Retry refunds"]
    assert (await fetching.board.backlog())["unread"] == 0


async def test_old_deliveries_are_forgotten_and_unread_ones_are_not(fetching: House) -> None:
    github = fetching.pipelines["github"]
    github.says = {b"one": None, b"two": Unreachable("down")}
    await arrives(fetching, "github", delivery(b"one", "d1"))
    await arrives(fetching, "github", delivery(b"two", "d2"))
    await fetching.intake.read_waiting()
    fetching.clock.go_on(minutes(31 * 24 * 60))
    await fetching.intake.forget_old()
    await arrives(fetching, "github", delivery(b"one", "d1"))
    await arrives(fetching, "github", delivery(b"two", "d2"))
    await fetching.intake.read_waiting()
    assert sorted(github.readings) == [b"one", b"one", b"two", b"two"]
