"""Is a channel told of the trail once a day, whoever looks, and never anything that we did not sign?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from bot.domain.notes import Witness
from bot.engine.bell import Bell
from bot.engine.checkpointing import Checkpointing
from bot.engine.pieces import Pieces
from bot.engine.witnessing import Witnessing
from storage import audit, surfaces
from storage.store import Store
from storage.surfaces import CHECKPOINT, Hung
from tests.builders import ROSTER, FakeClock, hours, opened

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    made = Store(database_url, clock=clock)
    yield made
    await made.close()


@pytest.fixture
def checkpointing(store: Store, clock: FakeClock) -> Checkpointing:
    return Checkpointing(
        store=store,
        origin="sign.acme.example/audit",
        public=KEY.public_key().public_bytes_raw(),
        sign=KEY.sign,
        clock=clock,
    )


def witnessing(store: Store, clock: FakeClock, signed: Checkpointing, *channels: str) -> Witnessing:
    return Witnessing(
        store=store, clock=clock, bell=Bell(), newest=signed.newest, channels=channels
    )


async def sign_more(store: Store, checkpointing: Checkpointing, count: int = 100) -> None:
    await store.write(lambda s: audit.append_all(s, [("sgn_1", opened())] * count))
    await checkpointing.beat()


async def rows(store: Store) -> list[Hung]:
    found = await store.read(lambda session: surfaces.hung(session, CHECKPOINT))
    return list(found.values())


async def shown(store: Store, clock: FakeClock, row: Hung) -> Witness | None:
    piece = await store.read(lambda session: Pieces(ROSTER, clock).of(session, row))
    assert piece is None or isinstance(piece, Witness)
    return piece


async def test_nothing_is_told_before_there_is_anything(
    store: Store, clock: FakeClock, checkpointing: Checkpointing
) -> None:
    await witnessing(store, clock, checkpointing, "C0AUDIT").beat()
    assert await rows(store) == []


async def test_each_channel_is_told_once_a_day_whoever_looks(
    store: Store, clock: FakeClock, checkpointing: Checkpointing
) -> None:
    several = [witnessing(store, clock, checkpointing, "C0AUDIT", "C0SEC") for _ in range(3)]
    await sign_more(store, checkpointing)
    await asyncio.gather(*(it.beat() for it in several))
    assert sorted(str(it.at) for it in await rows(store)) == ["C0AUDIT", "C0SEC"]
    await sign_more(store, checkpointing)
    await asyncio.gather(*(it.beat() for it in several))
    assert len(await rows(store)) == 2
    clock.go_on(DAY)
    await asyncio.gather(*(it.beat() for it in several))
    assert sorted(it.sort for it in await rows(store)) == [
        *["checkpoint 100"] * 2,
        *["checkpoint 200"] * 2,
    ]


async def test_what_was_posted_stays_what_it_was(
    store: Store, clock: FakeClock, checkpointing: Checkpointing
) -> None:
    await sign_more(store, checkpointing)
    first = checkpointing.newest()
    await witnessing(store, clock, checkpointing, "C0AUDIT").beat()
    [row] = await rows(store)
    await sign_more(store, checkpointing)
    clock.go_on(hours(1))
    piece = await shown(store, clock, row)
    assert piece
    assert piece.note == first != checkpointing.newest()


@pytest.mark.parametrize(
    "note",
    [
        "<!channel> look here\n1\n\n\n",
        "",
        "{first}— evil.example/<!channel> AAAAAAAAAAAA\n",
        "{first}" + "x" * 4000,
    ],
)
async def test_what_somebody_wrote_into_the_table_is_not_posted(
    store: Store, clock: FakeClock, checkpointing: Checkpointing, note: str
) -> None:
    await sign_more(store, checkpointing)
    await witnessing(store, clock, checkpointing, "C0AUDIT").beat()
    [row] = await rows(store)
    assert await shown(store, clock, row)
    bent = {"note": note.format(first=checkpointing.newest())}
    query = text("UPDATE checkpoint SET note = :note")
    await store.write(lambda session: session.connection().execute(query, bent))
    assert await shown(store, clock, row) is None
