"""Is everything that was changed, removed or moved in the trail found, and named?"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.events import Event
from storage import audit
from storage.audit import NOTHING, Broken
from storage.store import Store
from tests.builders import NOW, approves, hours, opened, rejects, reported, time_passes, withdrawn
from tests.storage.disarming import take_guards_away

EVENTS: tuple[Event, ...] = (
    opened(),
    approves("ada", reason="größer — ok"),
    rejects("grace"),
    time_passes(NOW + hours(8)),
    withdrawn(),
    reported(),
)


async def _with_events(url: str) -> None:
    store = Store(url)
    for event in EVENTS:
        await store.write(lambda session, event=event: audit.append(session, "sgn_1", event))
    await store.close()


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A database with six entries; nobody has it open."""
    path = tmp_path / "x.db"
    await _with_events(f"sqlite:///{path}")
    return path


async def verdict(file: Path) -> Broken | None:
    store = Store(f"sqlite:///{file}")
    try:
        return await store.read(audit.verify)
    finally:
        await store.close()


def tamper(file: Path, *statements: str) -> None:
    """What somebody with the file in hands can do."""
    take_guards_away(file)
    with sqlite3.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def rewrite(file: Path, seq: int, change: Callable[[str], str], *, forge: bool = False) -> None:
    """Change the bytes of an entry, and, as a better forger, its hash too."""
    take_guards_away(file)
    with sqlite3.connect(file) as connection:
        (body,) = connection.execute("SELECT body FROM audit WHERE seq = ?", (seq,)).fetchone()
        new = change(body)
        assert new != body
        connection.execute("UPDATE audit SET body = ? WHERE seq = ?", (new, seq))
        if forge:
            leaf = audit.leaf_of(new.encode())
            connection.execute("UPDATE audit SET leaf = ? WHERE seq = ?", (leaf, seq))
    connection.close()


async def test_what_nobody_touched_holds(file: Path) -> None:
    assert await verdict(file) is None


async def test_no_two_entries_have_the_same_salt_and_all_are_long(file: Path) -> None:
    """Of an entry whose text is erased nobody finds out by trying what its hash was made of."""
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT body FROM audit").fetchall()
    connection.close()
    salts = [json.loads(body)["salt"] for (body,) in rows]
    assert len(set(salts)) == len(EVENTS)
    assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)


def unsalted(file: Path, until: int) -> None:
    """As versions before wrote them: entries up to this one, and all after it hashed anew."""
    take_guards_away(file)
    prev = NOTHING
    with sqlite3.connect(file) as connection:
        for seq, body in connection.execute("SELECT seq, body FROM audit ORDER BY seq").fetchall():
            entry = {**json.loads(body), "prev": prev}
            if seq <= until:
                entry["v"] = "countersign-audit/1"
                del entry["salt"]
            written = audit.canonical(entry)
            leaf = audit.leaf_of(written)
            change = "UPDATE audit SET prev = ?, leaf = ?, body = ? WHERE seq = ?"
            connection.execute(change, (prev, leaf, written.decode(), seq))
            prev = leaf
    connection.close()


@pytest.mark.parametrize("until", [3, len(EVENTS)])
async def test_trails_of_before_hold_and_are_gone_on_with(file: Path, until: int) -> None:
    unsalted(file, until)
    assert await verdict(file) is None
    store = Store(f"sqlite:///{file}")
    await store.write(lambda session: audit.append(session, "sgn_1", EVENTS[-1]))
    assert await store.read(audit.verify) is None
    assert await store.read(lambda s: audit.trail(s, "sgn_1")) == [*EVENTS, EVENTS[-1]]
    await store.close()
    tamper(file, "UPDATE audit SET body = replace(body, 'audit/1', 'audit/2') WHERE seq = 2")
    assert await verdict(file) == Broken(2, "its bytes are not those that were hashed")


async def test_an_empty_trail_holds(store: Store) -> None:
    assert await store.read(audit.verify) is None


async def test_it_is_read_as_it_was_written(file: Path) -> None:
    store = Store(f"sqlite:///{file}")
    assert await store.read(lambda s: audit.trail(s, "sgn_1")) == list(EVENTS)
    assert await store.read(lambda s: audit.trail(s, "sgn_2")) == []
    await store.close()


async def test_entries_are_chained_from_nothing(file: Path) -> None:
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT seq, prev, leaf, body FROM audit ORDER BY seq").fetchall()
    connection.close()
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row[1] for row in rows] == [NOTHING, *(row[2] for row in rows[:-1])]
    for seq, prev, leaf, body in rows:
        entry = json.loads(body)
        assert (entry["v"], entry["seq"], entry["prev"]) == ("countersign-audit/2", seq, prev)
        assert leaf == audit.leaf_of(body.encode())


KINDS_OF_BYTES = {
    "version": ("countersign-audit/2", "countersign-audit/1"),
    "salt": ('"salt":"', '"salt":"0'),
    "sequence": ('"seq":2', '"seq":3'),
    "signoff": ('"signoff":"sgn_1"', '"signoff":"sgn_2"'),
    "person": ('"person":"ada"', '"person":"pat"'),
    "verdict": ('"verdict":"approve"', '"verdict":"reject"'),
    "moment": ("2026-11-23T10:05:00Z", "2026-11-23T10:06:00Z"),
    "revision": ('"revision":"a', '"revision":"b'),
    "digest": ("sha256:policy-1", "sha256:policy-2"),
    "level": ('"level":"senior"', '"level":"junior"'),
    "words": ("größer", "grosser"),
    "one letter": ("größer", "größEr"),
    "white space": ("{", "{ "),
    "end": ("}", "} "),
    "order of keys": ('"event":', '"Event":'),
}


@pytest.mark.parametrize("forge", [False, True], ids=["bytes alone", "bytes and hash"])
@pytest.mark.parametrize("kind", KINDS_OF_BYTES)
async def test_a_changed_byte_is_found(file: Path, kind: str, forge: bool) -> None:
    old, new = KINDS_OF_BYTES[kind]
    rewrite(file, 2, lambda body: body.replace(old, new, 1), forge=forge)
    found = await verdict(file)
    assert found is not None
    # Whoever forges the hash as well is found where the chain goes on.
    assert found.seq in ((2, 3) if forge else (2,))


@pytest.mark.parametrize("seq", [1, 2, 6])
async def test_every_entry_is_looked_at(file: Path, seq: int) -> None:
    rewrite(file, seq, lambda body: body.replace("countersign", "countersing"))
    assert await verdict(file) == Broken(seq, "its bytes are not those that were hashed")


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("prev", "0" * 63 + "1", "its columns say something else than its bytes"),
        ("leaf", "0" * 64, "its bytes are not those that were hashed"),
        ("signoff_id", "sgn_2", "its columns say something else than its bytes"),
    ],
)
async def test_a_changed_column_is_found(file: Path, column: str, value: str, why: str) -> None:
    tamper(file, f"UPDATE audit SET {column} = '{value}' WHERE seq = 3")  # noqa: S608
    assert await verdict(file) == Broken(3, why)


@pytest.mark.parametrize(("seq", "named"), [(1, 2), (3, 4), (5, 6)])
async def test_a_removed_entry_is_missed(file: Path, seq: int, named: int) -> None:
    tamper(file, f"DELETE FROM audit WHERE seq = {seq}")  # noqa: S608
    assert await verdict(file) == Broken(named, f"entry {seq} is missing")


async def test_a_gap_that_is_closed_up_is_found(file: Path) -> None:
    tamper(file, "DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = seq - 1 WHERE seq = 4")
    found = await verdict(file)
    assert found == Broken(3, "its columns say something else than its bytes")


async def test_two_entries_that_changed_places_are_found(file: Path) -> None:
    tamper(
        file,
        "UPDATE audit SET seq = 99 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 99",
    )
    assert await verdict(file) == Broken(3, "its columns say something else than its bytes")


async def test_an_entry_slipped_in_is_found(file: Path) -> None:
    tamper(
        file, "INSERT INTO audit SELECT 7, signoff_id, prev, leaf, body FROM audit WHERE seq = 6"
    )
    assert await verdict(file) == Broken(7, "its columns say something else than its bytes")


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", "not JSON", '{"seq":2}'])
async def test_an_entry_that_is_no_entry_is_named_and_breaks_nothing(file: Path, body: str) -> None:
    """Even with a hash that fits."""
    rewrite(file, 2, lambda _: body, forge=True)
    found = await verdict(file)
    assert found is not None
    assert found.seq == 2


async def test_what_fails_leaves_no_entry(store: Store) -> None:
    def fails(session: object) -> None:
        audit.append(session, "sgn_1", EVENTS[0])  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fails)
    await store.write(lambda session: audit.append(session, "sgn_1", EVENTS[0]))
    assert await store.read(audit.verify) is None
    assert len(await store.read(lambda session: audit.trail(session, "sgn_1"))) == 1
