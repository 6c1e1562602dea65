"""Webhooks come twice, late, and in any order: does each order end in the one state it has to?"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.domain.change import Change
from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff
from bot.ports import Delivery, Landing
from storage import documents, reading
from storage.store import Store
from storage.tables import SignoffRow
from tests.builders import FakeClock, a_change, ids, sha
from tests.engine.house import FakePipeline, House, furnish
from tests.faults import records
from tests.faults.evidence import Received
from tests.faults.judge import judge
from tests.postgres import Server

KNOCKS = ("first", "again", "late", "newer", "shipped", "renew")
"""CI tells of a change, repeats that word for word, and once more later in a message of its own. It
tells of a newer one, which Ada approves as soon as she sees it, and that this was shipped. And it
asks again for the older one."""

SAME = {"first": "older", "again": "older", "late": "older"}
IDS = {"again": "first"}
"""Which knocks tell the same, and which have the id of another."""

STEP, EXPIRES_AFTER = timedelta(hours=3), 3
"""Between two knocks, and how many of them: the policy waits for eight hours."""

Order = tuple[str, ...]
ALL = sorted(permutations(KNOCKS))
DISTINCT = sorted(
    {tuple(SAME.get(knock, knock) for knock in order): order for order in ALL}.values()
)
"""As long as nobody looks at the ids."""


def sample(count: int) -> list[Order]:
    return random.Random(1).sample(ALL, count)  # noqa: S311 -- the same every time


# What has to come of it, told without any code of ours.


@dataclass(slots=True)
class Expected:
    """Of the older change with its renewal, and of the newer one: how they stand."""

    older: list[str] = field(default_factory=list)
    newer: str = ""
    shipped: bool = False
    opened_at: int = 0
    newer_at: int = -1

    def happen(self, order: Order) -> tuple[tuple[str, ...], str, bool]:
        for step, knock in enumerate(order):
            self._expire(step)
            self._knock(SAME.get(knock, knock), step)
        self._expire(len(order) + EXPIRES_AFTER)
        return tuple(self.older), self.newer, self.shipped

    def _knock(self, knock: str, step: int) -> None:
        match knock:
            case "older" if not self.older:
                self._ask(step)
            case "newer":
                self.newer, self.newer_at = "approved", step
                if self.older and self.older[-1] == "pending":
                    self.older[-1] = "superseded"
            case "shipped" if self.newer:
                self.shipped = True
            case "renew" if self.older[-1:] == ["expired"] and self.newer_at < self.opened_at:
                self._ask(step)

    def _ask(self, step: int) -> None:
        self.older.append("pending")
        self.opened_at = step

    def _expire(self, step: int) -> None:
        if self.older[-1:] == ["pending"] and step - self.opened_at >= EXPIRES_AFTER:
            self.older[-1] = "expired"


# What comes of it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Each order has a repository of its own, so that all of them go on at the same time."""

    house: House
    orders: Sequence[Order]

    async def happen(self) -> None:
        for step in range(len(KNOCKS)):
            knocks = [(number, order[step]) for number, order in enumerate(self.orders)]
            await asyncio.gather(*(self._arrives(*it) for it in knocks if it[1] != "renew"))
            await self.house.intake.read_waiting()
            await asyncio.gather(*(self._follows(*it) for it in knocks))
            await self._time_passes()
        for _ in range(EXPIRES_AFTER):
            await self._time_passes()

    async def _time_passes(self) -> None:
        await self.house.dispatcher.settle()
        self.house.clock.go_on(STEP)
        await self.house.signoffs.pass_deadlines()
        await self.house.dispatcher.settle()

    async def _arrives(self, number: int, knock: str) -> None:
        headers = {"id": f"{number}-{IDS.get(knock, knock)}", "signature": "good"}
        body = f"{number} {SAME.get(knock, knock)}".encode()
        await self.house.intake.receive("payments-ci", Delivery(headers=headers, body=body))

    async def _follows(self, number: int, knock: str) -> None:
        match knock:
            case "newer":
                found = await self._found(number, "newer")
                assert found is not None
                await self.house.review(found, "ada", id=f"click-{number}")
            case "renew":
                await self._renew(number)

    async def _renew(self, number: int) -> None:
        found = await self._found(number, "older")
        if found is not None:
            with suppress(Refusal):
                await self.house.signoffs.renew(found)

    async def _found(self, number: int, key: str) -> Signoff | None:
        name = f"{number}/{key}"
        return await self.house.store.read(lambda s: reading.by_key(s, "payments-ci", name))

    def outcomes(self, session: Session) -> list[tuple[tuple[str, ...], str, bool]]:
        """In the order of the street."""
        by_key: dict[str, list[Signoff]] = {}
        rows = session.exec(select(SignoffRow)).all()
        for row in sorted(rows, key=lambda row: row.renewal):
            by_key.setdefault(row.key, []).append(documents.read_signoff(row.document))
        return [_outcome(by_key, number) for number in range(len(self.orders))]

    def received(self) -> list[Received]:
        return [
            Received(
                message_id=id,
                signoff=id.removeprefix("msg_").removesuffix(f"_{status}"),
                status=status,
                digest=status,
                at=self.house.clock(),
            )
            for id, status in self.house.pipeline.taken
        ]


def _outcome(by_key: dict[str, list[Signoff]], number: int) -> tuple[tuple[str, ...], str, bool]:
    older = tuple(it.status.value for it in by_key.get(f"{number}/older", ()))
    [newer] = by_key[f"{number}/newer"]
    return older, newer.status.value, newer.shipment is not None


def _said(number: int, what: str) -> Change | Landing:
    if what == "shipped":
        return Landing(connection="payments-ci", key=f"{number}/newer", succeeded=True)
    revision = sha("a" if what == "older" else "b")
    return a_change(key=f"{number}/{what}", repository=f"acme/payments-{number}", revision=revision)


@asynccontextmanager
async def a_street(
    url: str, orders: Sequence[Order], *, fetches: bool = False
) -> AsyncIterator[Street]:
    clock = FakeClock()
    store = Store(url, clock=clock)
    pipeline = FakePipeline(fetches=fetches)
    for number in range(len(orders)):
        for what in ("older", "newer", "shipped"):
            pipeline.says[f"{number} {what}".encode()] = _said(number, what)
    try:
        house = furnish(store, clock, pipelines={"payments-ci": pipeline}, new_id=ids("s"))
        yield Street(house=house, orders=orders)
    finally:
        await store.close()


async def check(street: Street) -> None:
    house = street.house
    outcomes = await house.store.read(street.outcomes)
    expected = [Expected().happen(order) for order in street.orders]
    wrong = [(o, e, x) for o, x, e in zip(street.orders, outcomes, expected, strict=True) if x != e]
    assert wrong == []
    now, told = house.clock(), street.received()
    assert judge(await house.store.read(lambda s: records.read(s, told, now, sweep=STEP))) == []


def test_there_is_something_to_be_told_apart() -> None:
    """Orders that all came to the same would prove little."""
    assert len(DISTINCT) == 120
    assert len({Expected().happen(order) for order in ALL}) == 8


async def test_every_order_ends_as_it_has_to(tmp_path: Path) -> None:
    async with a_street(f"sqlite:///{tmp_path / 'orders.db'}", DISTINCT) as street:
        await street.happen()
        await check(street)


async def test_every_order_of_what_is_stored_first_and_read_later(tmp_path: Path) -> None:
    """As with GitHub, where the id of a delivery tells that it is the same."""
    async with a_street(f"sqlite:///{tmp_path / 'orders.db'}", sample(40), fetches=True) as street:
        await street.happen()
        await check(street)


@pytest.mark.parametrize("fetches", [False, True])
async def test_some_orders_on_postgresql(postgres: Server, fetches: bool) -> None:
    async with a_street(postgres.new_database(), sample(10), fetches=fetches) as street:
        await street.happen()
        await check(street)
