"""Is the trail signed in time, kept elsewhere, and never signed once it was changed?"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from bot import checkpoint, merkle, signing
from bot.engine import checkpointing
from bot.engine.checkpointing import CONTRADICTED, NOT_ANCHORED, Checkpointing, Contradicted
from bot.engine.telling import HEADER, with_checkpoint
from bot.ports import Anchor, Request, Response, Unreachable
from storage import audit, checkpoints, tree
from storage.store import Session, Store
from tests.builders import FakeClock, hours, minutes, opened
from tests.storage.disarming import disarmed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
ORIGIN = "countersign.example.com/audit"


@dataclass(slots=True)
class FakeAnchor:
    name: str = "a folder"
    kept: list[int] = field(default_factory=list)
    trouble: Exception | None = None
    hold: asyncio.Event | None = None

    async def keep(self, note: str, size: int) -> None:
        if self.hold:
            await self.hold.wait()
        if self.trouble:
            raise self.trouble
        assert checkpoint.verify(note, [PUBLIC], signing.genuine).size == size
        self.kept.append(size)

    async def newest(self) -> str:
        return ""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    made = Store(database_url, clock=clock)
    yield made
    await made.close()


def signing_of(store: Store, clock: FakeClock, *anchors: Anchor, **facts: object) -> Checkpointing:
    known: dict[str, object] = {"origin": ORIGIN, "public": PUBLIC, "sign": KEY.sign, **facts}
    return Checkpointing(store=store, clock=clock, anchors=anchors, **known)  # type: ignore[arg-type]


async def append(store: Store, count: int) -> None:
    await store.write(lambda s: audit.append_all(s, [("sgn_1", opened())] * count))


async def sizes(store: Store) -> list[int]:
    return await store.read(lambda session: [it.size for it in checkpoints.all_of(session)])


async def told(signer: Checkpointing) -> None:
    """What is told beside the heartbeat."""
    if signer._anchoring is not None:
        await signer._anchoring


# When it is signed.


async def test_of_nothing_nothing_is_said(store: Store, clock: FakeClock) -> None:
    signer = signing_of(store, clock)
    await signer.beat()
    assert (signer.newest(), await sizes(store)) == ("", [])


async def test_the_first_entry_is_covered_at_once(store: Store, clock: FakeClock) -> None:
    await append(store, 1)
    signer = signing_of(store, clock)
    await signer.beat()
    found = checkpoint.verify(signer.newest(), [PUBLIC], signing.genuine)
    leaf = await store.read(lambda s: s.connection().execute(text("SELECT leaf FROM audit")))
    assert (found.origin, found.size) == (ORIGIN, 1)
    assert found.root.hex() == leaf.scalar_one()


async def test_after_that_every_hundred_entries(store: Store, clock: FakeClock) -> None:
    await append(store, 1)
    signer = signing_of(store, clock)
    await signer.beat()
    await append(store, 99)
    await signer.beat()
    assert await sizes(store) == [1]
    await append(store, 1)
    await signer.beat()
    assert await sizes(store) == [1, 101]


async def test_or_every_five_minutes_if_there_is_anything_new(
    store: Store, clock: FakeClock
) -> None:
    await append(store, 1)
    signer = signing_of(store, clock)
    await signer.beat()
    clock.go_on(minutes(5))
    await signer.beat()
    assert await sizes(store) == [1]
    await append(store, 1)
    await signer.beat()
    await append(store, 1)
    clock.go_on(minutes(4))
    await signer.beat()
    assert await sizes(store) == [1, 2]
    clock.go_on(minutes(1))
    await signer.beat()
    assert await sizes(store) == [1, 2, 3]


async def test_whoever_needs_an_entry_covered_does_not_wait(store: Store, clock: FakeClock) -> None:
    await append(store, 7)
    signer = signing_of(store, clock)
    first = await signer.covering(3)
    assert (first.size, signer.newest()) == (7, first.note)
    assert await signer.covering(7) == first
    with pytest.raises(tree.Missing):
        await signer.covering(8)
    await append(store, 1)
    assert (await signer.covering(8)).size == 8


async def test_a_burst_shares_one(store: Store, clock: FakeClock) -> None:
    await append(store, 50)
    signer = signing_of(store, clock)
    found = await asyncio.gather(*(signer.covering(seq) for seq in range(1, 51)))
    assert {it.size for it in found} == {50}
    assert await sizes(store) == [50]


async def test_a_busy_moment_shares_one(store: Store, clock: FakeClock) -> None:
    await append(store, 1)
    signer = signing_of(store, clock, apart=0.2)
    await signer.covering(1)
    await append(store, 1)
    waiting = asyncio.ensure_future(signer.covering(2))
    await asyncio.sleep(0.05)
    await append(store, 5)
    assert (await waiting).size == 7


async def test_two_processes_sign_the_same(store: Store, clock: FakeClock) -> None:
    await append(store, 300)
    one, other = signing_of(store, clock), signing_of(store, clock)
    first, second = await asyncio.gather(one.covering(300), other.covering(300))
    assert first.note == second.note
    assert await sizes(store) == [300]


async def test_what_one_signed_the_other_hears_of(store: Store, clock: FakeClock) -> None:
    await append(store, 3)
    one, other = signing_of(store, clock), signing_of(store, clock)
    await one.beat()
    await other.beat()
    assert other.newest() == one.newest() != ""


async def test_a_trail_keeps_its_name(store: Store, clock: FakeClock) -> None:
    await append(store, 3)
    await signing_of(store, clock).beat()
    await append(store, 100)
    moved = signing_of(store, clock, origin="other.example.com/audit")
    await moved.beat()
    assert checkpoint.read(moved.newest()).origin == ORIGIN


async def test_a_signer_far_away_holds_nobody_up(store: Store, clock: FakeClock) -> None:
    loop = asyncio.get_running_loop()

    def sign(message: bytes) -> bytes:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()  # in a thread of its own
        assert loop.is_running()
        return KEY.sign(message)

    await append(store, 3)
    signer = signing_of(store, clock, sign=sign, remote=True)
    await signer.beat()
    await signed_beside(signer)
    assert await sizes(store) == [3]


async def signed_beside(signer: Checkpointing) -> None:
    """What is signed beside the heartbeat."""
    assert signer._signing is not None
    await signer._signing


async def test_a_beat_does_not_wait_for_a_signer_that_does_not_answer(
    store: Store, clock: FakeClock
) -> None:
    answers, asked = threading.Event(), threading.Semaphore(0)

    def sign(message: bytes) -> bytes:
        asked.release()
        answers.wait(10)
        return KEY.sign(message)

    await append(store, 3)
    signer = signing_of(store, clock, sign=sign, remote=True)
    async with asyncio.timeout(5):
        await signer.beat()
        await asyncio.to_thread(asked.acquire)
        await signer.beat()  # it is asked once, however often we look
    assert await sizes(store) == []
    answers.set()
    await signed_beside(signer)
    assert await sizes(store) == [3]
    assert not asked.acquire(blocking=False)


async def test_one_that_cannot_sign_now_is_asked_at_another_beat(
    store: Store, clock: FakeClock
) -> None:
    troubles: list[Exception] = [Unreachable("sealed"), OSError("a disk")]

    def sign(message: bytes) -> bytes:
        if troubles:
            raise troubles.pop(0)
        return KEY.sign(message)

    await append(store, 3)
    signer = signing_of(store, clock, sign=sign, remote=True)
    for expected in ([], [], [3]):
        await signer.beat()
        await signed_beside(signer)
        assert await sizes(store) == expected


async def test_a_long_trail_from_before_is_covered_in_small_steps(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "TILES_AT_ONCE", 2)
    await append(store, 2000)
    signer = signing_of(store, clock)
    await signer.beat()
    tiles = "SELECT count(*) FROM tile"
    count = await store.read(lambda s: s.connection().execute(text(tiles)).scalar_one())
    assert (count, await sizes(store)) == (7, [2000])
    leaves = await store.read(lambda s: [bytes.fromhex(it.leaf) for it in audit.entries(s)])
    growing = merkle.Growing()
    for leaf in leaves:
        growing.append(leaf)
    assert checkpoint.read(signer.newest()).root == growing.root()


# What was changed is not signed anew.


def forge(session: Session) -> None:
    connection = session.connection()
    disarmed(connection)
    connection.execute(text("UPDATE audit SET leaf = prev WHERE seq = 2"))


def cut(session: Session) -> None:
    connection = session.connection()
    disarmed(connection)
    connection.execute(text("DELETE FROM audit WHERE seq > 1"))


@pytest.mark.parametrize("deed", [forge, cut])
async def test_a_trail_that_was_changed_is_not_signed(
    deed: object, store: Store, clock: FakeClock
) -> None:
    await append(store, 3)
    signer = signing_of(store, clock)
    await signer.beat()
    await store.write(deed)  # type: ignore[arg-type]
    await append(store, 100) if deed is forge else None
    with pytest.raises(Contradicted):
        await signer.covering(103 if deed is forge else 4)
    assert signer.trouble() == [CONTRADICTED]
    assert await sizes(store) == [3]


# Where it is kept.


async def test_it_is_kept_elsewhere(store: Store, clock: FakeClock) -> None:
    await append(store, 3)
    anchor, other = FakeAnchor(), FakeAnchor(name="another")
    signer = signing_of(store, clock, anchor, other)
    await signer.beat()
    await told(signer)
    assert (anchor.kept, other.kept, signer.trouble()) == ([3], [3], [])


async def test_not_more_than_once_a_minute_and_then_the_newest(
    store: Store, clock: FakeClock
) -> None:
    await append(store, 3)
    anchor = FakeAnchor()
    signer = signing_of(store, clock, anchor)
    await signer.beat()
    await told(signer)
    for _ in range(3):
        await append(store, 100)
        await signer.beat()
        await told(signer)
    assert anchor.kept == [3]
    clock.go_on(minutes(1))
    await signer.beat()
    await told(signer)
    assert anchor.kept == [3, 303]


async def test_one_that_fails_is_tried_again_and_told_after_an_hour(
    store: Store, clock: FakeClock
) -> None:
    await append(store, 3)
    anchor, well = FakeAnchor(trouble=OSError("no room")), FakeAnchor(name="well")
    signer = signing_of(store, clock, anchor, well)
    for _ in range(3):
        await signer.beat()
        await told(signer)
        clock.go_on(minutes(29))
    assert (well.kept, signer.trouble()) == ([3], [NOT_ANCHORED])
    anchor.trouble = None
    await signer.beat()
    await told(signer)
    assert (anchor.kept, well.kept, signer.trouble()) == ([3], [3], [])


async def test_one_that_hangs_holds_nobody_up(store: Store, clock: FakeClock) -> None:
    await append(store, 3)
    anchor = FakeAnchor(hold=asyncio.Event())
    signer = signing_of(store, clock, anchor)
    await signer.beat()
    await append(store, 100)
    clock.go_on(hours(1))
    await signer.beat()
    assert await sizes(store) == [3, 103]
    await signer.finish()
    assert anchor.kept == []


# Whom it is told to.


async def test_whoever_is_called_back_is_told(store: Store, clock: FakeClock) -> None:
    sent: list[Request] = []

    async def send(request: Request) -> Response:
        sent.append(request)
        return Response(status=204)

    signer = signing_of(store, clock)
    telling = with_checkpoint(send, signer.newest)
    asked = Request(method="POST", url="https://ci.example/", headers={"a": "b"}, body=b"{}")
    await telling(asked)
    await append(store, 3)
    await signer.beat()
    await telling(asked)
    before, after = sent
    assert before == asked
    note = base64.b64decode(after.headers[HEADER], validate=True).decode()
    assert (note, after.body, after.headers["a"]) == (signer.newest(), b"{}", "b")
    assert "\n" not in after.headers[HEADER]
