"""Where are the hashes over the audit trail kept, so that a root takes a few hundred rows, not all?

As tiles: the root of each 256 leaves that are complete, of each 256 such roots, and so on. They are
made of the entries and can be made anew: what is not there yet is worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from bot import merkle
from storage.statements import Statement
from storage.tables import table

WIDTH = 256
"""Hashes that one tile is over."""

_POWER = 8

AT_ONCE = 4096
"""Hashes of entries that are in memory at once, where the tiles are not believed."""

_AUDIT, _TILE = table("audit"), table("tile")
_LEAVES = Statement(
    select_rows(_AUDIT.c.leaf)
    .where(_AUDIT.c.seq > bindparam("after"), _AUDIT.c.seq <= bindparam("last"))
    .order_by(_AUDIT.c.seq)
)
_HASHES = Statement(
    select_rows(_TILE.c.hash)
    .where(
        _TILE.c.level == bindparam("level"),
        _TILE.c.number > bindparam("after"),
        _TILE.c.number <= bindparam("last"),
    )
    .order_by(_TILE.c.number)
)
_LAST = Statement(select_rows(func.max(_TILE.c.number)).where(_TILE.c.level == bindparam("level")))
_KEEP = Statement(insert(_TILE).on_conflict_do_nothing(), "level", "number", "hash")


class Missing(Exception):
    """There are fewer entries than that."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The root of the leaves from `number` * 256^`level` on, 256^`level` of them."""

    level: int
    number: int
    hash: bytes


def root(session: Session, size: int) -> bytes:
    """Over the first `size` entries. Raises Missing."""
    return merkle.root(size, partial(_subtree, session))


def root_anew(session: Session, size: int) -> bytes:
    """The same, of the hashes of all these entries: whoever changed some may have left their tiles.

    A second for a quarter of a million. Raises Missing.
    """
    return merkle.root(size, partial(_of_leaves, session))


def inclusion(session: Session, seq: int, size: int) -> list[bytes]:
    """What leads from entry `seq` to the root over `size` entries. Raises Missing."""
    return merkle.inclusion(seq - 1, size, partial(_subtree, session))


def consistency(session: Session, old: int, size: int) -> list[bytes]:
    """What shows that the first `old` entries are still the first of `size`. Raises Missing."""
    return merkle.consistency(old, size, partial(_subtree, session))


def grow(session: Session, size: int) -> None:
    """Write every tile that `size` entries complete and that is not there yet."""
    while tiles := lacking(session, size, WIDTH):
        keep(session, tiles)


def lacking(session: Session, size: int, at_most: int) -> list[Tile]:
    """The next tiles that are not there yet, the lowest first: to work them out takes no turn."""
    return list(islice(_lacking(session, size), at_most))


def keep(session: Session, tiles: Sequence[Tile]) -> None:
    """Whoever else had the same thought wrote the same."""
    rows = [{"level": it.level, "number": it.number, "hash": it.hash.hex()} for it in tiles]
    _KEEP.run_all(session, rows)


def _lacking(session: Session, size: int) -> Iterator[Tile]:
    level, complete = 1, size // WIDTH
    while complete:
        last = _LAST.scalar(session, {"level": level})
        for number in range(0 if last is None else last + 1, complete):
            below = _hashes(session, level - 1, number * WIDTH, WIDTH)
            yield Tile(level, number, merkle.folded(below))
        level, complete = level + 1, complete // WIDTH


def _subtree(session: Session, low: int, high: int) -> bytes:
    """Of a complete subtree, from at most 128 hashes of the level that has them."""
    level = ((high - low).bit_length() - 1) // _POWER
    each = WIDTH**level
    return merkle.folded(_hashes(session, level, low // each, (high - low) // each))


def _of_leaves(session: Session, low: int, high: int) -> bytes:
    if high - low <= AT_ONCE:
        return merkle.folded(_hashes(session, 0, low, high - low))
    middle = (low + high) // 2
    return merkle.node_of(_of_leaves(session, low, middle), _of_leaves(session, middle, high))


def _hashes(session: Session, level: int, first: int, count: int) -> list[bytes]:
    span = {"after": first - 1 if level else first, "last": first + count - (1 if level else 0)}
    statement = _HASHES if level else _LEAVES
    found = statement.rows(session, {"level": level, **span} if level else span)
    if len(found) == count:
        return [bytes.fromhex(hash) for (hash,) in found]
    if not level:
        raise Missing(f"there are no {first + count} entries")
    numbers = range(first, first + count)
    return [merkle.folded(_hashes(session, level - 1, it * WIDTH, WIDTH)) for it in numbers]
