"""Is it kept that somebody opened the evidence before they decided, and never in their way?"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.domain.signoff import Signoff
from bot.engine import glancing
from bot.engine.glancing import Glancing
from storage import audit, documents
from storage.ground import Undone
from storage.store import Session
from tests.builders import a_signoff, after, approves, minutes
from tests.engine.house import House


async def looks(house: House, signoff: Signoff, person: str = "ada") -> None:
    await Glancing(house.store).looked(signoff, person)


async def test_the_review_says_when_its_evidence_was_first_opened(house: House) -> None:
    signoff = await house.open()
    first = house.clock.go_on(minutes(2))
    await looks(house, signoff)
    house.clock.go_on(minutes(5))
    await looks(house, signoff)
    after = await house.review(signoff)
    assert after.reviews[-1].looked_at == first
    assert await house.board.broken() is None


async def test_without_that_it_says_that_nobody_saw_it(house: House) -> None:
    after = await house.review(await house.open())
    assert after.reviews[-1].looked_at is None


async def test_what_somebody_else_opened_says_nothing_of_who_decides(house: House) -> None:
    signoff = await house.open()
    await looks(house, signoff, "grace")
    assert (await house.review(signoff)).reviews[-1].looked_at is None


async def test_what_they_opened_of_another_change_says_nothing(house: House) -> None:
    other = await house.open(key="other", environment="staging", revision="b" * 40)
    await looks(house, other)
    assert (await house.review(await house.open())).reviews[-1].looked_at is None


@pytest.mark.parametrize("person", ["", "ada"])
async def test_of_strangers_and_of_what_is_decided_nothing_is_kept(
    house: House, person: str
) -> None:
    signoff = await house.open()
    decided = await house.review(signoff, "grace") if person else signoff
    await looks(house, decided, person)
    assert await glances(house) == 0
    if not person:
        await looks(house, decided, "ada")
        assert await glances(house) == 1


async def test_what_was_told_before_there_were_glances_is_read_as_it_was(house: House) -> None:
    """An entry without it, and a document without it, are the same signoff."""
    signoff = await house.review(await house.open())
    for event in await house.board.trail(signoff.id):
        facts = json.loads(json.dumps(documents.event_facts(event)))
        facts.get("review", {}).pop("looked_at", None)
        assert documents.read_event(facts) == event
    document = json.loads(documents.write_signoff(signoff))
    assert document["reviews"][0].pop("looked_at", "missing") is None
    assert documents.read_signoff(json.dumps(document)) == signoff


async def test_it_stands_in_the_trail_and_not_beside_it(house: House) -> None:
    signoff = await house.open()
    await looks(house, signoff)
    await house.review(signoff)
    entries = await house.store.read(lambda session: [it.body for it in audit.entries(session)])
    assert sum('"looked_at":"2' in body for body in entries) == 1


async def test_nobody_waits_where_the_database_has_other_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept all the same, once the database comes to it."""
    monkeypatch.setattr(glancing, "SECONDS", 0.01)
    signoff = await house.open()
    free, began = threading.Event(), threading.Event()

    def slow(_: Session) -> None:
        began.set()
        free.wait(10)

    work = asyncio.create_task(house.store.write(slow))
    await asyncio.to_thread(began.wait, 10)
    await looks(house, signoff)
    assert not work.done()
    free.set()
    await work
    assert (await house.review(signoff)).reviews[-1].looked_at is not None


async def test_where_much_waits_what_decides_comes_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    signoff = await house.open()
    monkeypatch.setattr(glancing, "BUSY", 0)
    await looks(house, signoff)
    assert await glances(house) == 0


@dataclass
class Failing:
    """A database that has a problem."""

    problem: Exception
    backlog: int = 0

    async def write(self, unit: object) -> None:
        raise self.problem


async def test_a_database_that_takes_nothing_keeps_nobody_from_reading(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store: Any = Failing(Undone())
    await Glancing(store).looked(a_signoff(), "ada")
    assert "was not kept: the disk does not take" in caplog.text


async def test_a_mistake_of_ours_is_not_hidden() -> None:
    store: Any = Failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await Glancing(store).looked(a_signoff(), "ada")


async def test_once_the_database_is_closed_nothing_happens(house: House) -> None:
    signoff = await house.open()
    await house.store.close()
    await looks(house, signoff)


def test_a_review_with_it_is_another_than_one_without() -> None:
    plain = after(a_signoff(), approves("ada")).reviews[-1]
    assert replace(plain, looked_at=plain.at) != plain


async def glances(house: House) -> int:
    def unit(session: Session) -> int:
        found = session.connection().exec_driver_sql("SELECT count(*) FROM glance").scalar()
        return int(found or 0)

    return await house.store.read(unit)
