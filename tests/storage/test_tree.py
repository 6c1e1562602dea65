"""Do tiles give the roots and proofs that the entries themselves give?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event, text
from sqlmodel import Session, SQLModel

from bot import merkle
from storage import tree
from storage.store import Store
from storage.tables import table
from storage.tree import Missing
from tests.storage.disarming import disarmed

BIG = 66_000
"""A little more than 256 tiles of 256."""


def leaf(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


LEAVES = [leaf(number) for number in range(BIG)]


def naive(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive(leaves[:split]), naive(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def put(session: Session, first: int, last: int) -> None:
    rows = [
        {
            "seq": number + 1,
            "signoff_id": "sgn_1",
            "prev": LEAVES[number - 1].hex() if number else "0" * 64,
            "leaf": LEAVES[number].hex(),
            "body": "",
        }
        for number in range(first, last)
    ]
    session.connection().execute(table("audit").insert(), rows)


def filled() -> Engine:
    made = create_engine("sqlite://")
    SQLModel.metadata.create_all(made)
    with made.begin() as connection:
        put(Session(connection), 0, BIG)
    return made


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = filled()
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a test writes is gone after it."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield Session(connection)
        transaction.rollback()


SIZES = (0, 1, 2, 3, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, BIG)


@pytest.mark.parametrize("grown", [False, True], ids=["worked out", "from tiles"])
@pytest.mark.parametrize("size", SIZES)
def test_a_root_is_that_of_the_entries(size: int, grown: bool, session: Session) -> None:
    if grown:
        tree.grow(session, size)
    assert tree.root(session, size) == naive(LEAVES[:size])
    assert tree.root_anew(session, size) == naive(LEAVES[:size])


def test_tiles_are_not_believed_where_it_is_worked_out_anew() -> None:
    made = filled()
    with made.connect() as connection:
        session = Session(connection)
        tree.grow(session, BIG)
        disarmed(connection)
        connection.execute(text("UPDATE audit SET leaf = prev WHERE seq = 7"))
        assert tree.root(session, BIG) == naive(LEAVES)
        assert tree.root_anew(session, BIG) != naive(LEAVES)
    made.dispose()


@pytest.fixture(scope="module")
def grown() -> Iterator[Session]:
    made = filled()
    with made.connect() as connection:
        session = Session(connection)
        tree.grow(session, BIG)
        yield session
    made.dispose()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_included_is_shown_to_be(grown: Session, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, BIG))
    seq = data.draw(st.integers(1, size))
    path, expected = tree.inclusion(grown, seq, size), tree.root(grown, size)
    assert merkle.check_inclusion(LEAVES[seq - 1], seq - 1, size, path, expected)
    assert not merkle.check_inclusion(leaf(-1), seq - 1, size, path, expected)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_older_root_is_shown_to_be_one(grown: Session, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, BIG))
    old = data.draw(st.integers(1, size))
    path = tree.consistency(grown, old, size)
    before, after = tree.root(grown, old), tree.root(grown, size)
    assert merkle.check_consistency(old, before, size, after, path)
    if old < size:
        assert not merkle.check_consistency(old, leaf(-1), size, after, path)


def test_a_proof_takes_a_few_hundred_rows(grown: Session) -> None:
    read: list[int] = []
    connection = grown.connection()

    def count(_: object, cursor: object, sql: str, *__: object) -> None:
        read.append(1)

    event.listen(connection, "before_cursor_execute", count)
    tree.inclusion(grown, 40_000, BIG)
    assert len(read) < 30


def test_tiles_are_written_once_and_together_with_what_others_wrote(session: Session) -> None:
    tree.grow(session, 600)
    tree.grow(session, 600)
    kept = "SELECT level, number FROM tile ORDER BY level, number"
    assert list(map(tuple, session.connection().execute(text(kept)))) == [(1, 0), (1, 1)]
    tree.keep(session, [tree.Tile(1, 1, leaf(0)), tree.Tile(1, 2, LEAVES[2])])
    assert tree.root(session, 512) == naive(LEAVES[:512])


def test_a_long_trail_that_has_no_tiles_gets_them_in_pieces(session: Session) -> None:
    assert len(tree.lacking(session, BIG, 64)) == 64
    pieces = 0
    while tiles := tree.lacking(session, BIG, 64):
        tree.keep(session, tiles)
        pieces += 1
    assert pieces == 5
    assert tree.root(session, BIG) == naive(LEAVES)


def test_of_entries_that_are_not_there_nothing_is_said(session: Session) -> None:
    with pytest.raises(Missing):
        tree.root(session, BIG + 1)
    with pytest.raises(Missing):
        tree.inclusion(session, 3, BIG + 512)


async def test_so_it_is_on_either_store(store: Store) -> None:
    def unit(session: Session) -> None:
        put(session, 0, 700)
        tree.grow(session, 700)

    await store.write(unit)
    for size in (1, 256, 511, 700):
        found = await store.read(lambda session, size=size: tree.root(session, size))
        assert found == naive(LEAVES[:size])
