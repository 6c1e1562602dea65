"""How does it read what erasing somebody touches, and what it leaves?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cli import terminal

NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedNow:
    """`rows` of each table; `done`: it was not only looked. `remnants` are words that hold a name
    and stay, and `beside` what else they are called; `unsalted` entries of before can be guessed at.
    `cleaning` is what has to be run so that the database's own files forget it, too. So many
    decisions are old enough and `not_over` yet; `more`: this is not all of them.
    """

    rows: Mapping[str, int]
    pseudonym: str
    done: bool
    entries: int
    attestations: int
    unsalted: int
    in_the_way: Sequence[str] = ()
    remnants: Sequence[str] = ()
    beside: Sequence[str] = ()
    cleaning: str = ""
    not_over: int = 0
    more: bool = False


def said(found: ErasedNow, width: int) -> Iterator[str]:
    if not found.rows:
        yield "nothing stands by itself" if found.remnants else "there is nothing to erase"
        yield from _left(found)
        return
    verb = "was" if found.done else "would be"
    yield f"this {verb} changed:"
    rows = [(name, f"{count:,}") for name, count in found.rows.items()]
    yield from (f"  {line}" for line in terminal.table(rows, width - 2))
    yield from _told(found)
    yield from _left(found)
    if found.in_the_way and not found.done:
        yield "in the way:"
        yield from (f"  {terminal.escaped(it)}" for it in _some(found.in_the_way))
    if not found.done:
        yield "nothing was changed: stop the server, make a backup, and run it again with --yes"


def _told(found: ErasedNow) -> Iterator[str]:
    if found.attestations:
        verb = "are gone" if found.done else "would be gone"
        yield f"{found.attestations:,} attestations {verb}: they are signed, and cannot be changed"
    if found.unsalted:
        yield (
            f"{found.unsalted:,} entries were written before entries had a salt: whoever guesses "
            f"the name can tell by their hash that it stood there"
        )
    if found.done:
        yield f"{found.pseudonym} stands in their place; countersign audit verify lists it"
    if found.done and found.cleaning:
        yield f"until this is run, the database's own files still hold it: {found.cleaning}"


def _left(found: ErasedNow) -> Iterator[str]:
    """An operator looks it through, and erases of it what is theirs as well."""
    if found.more:
        yield "this is not all: run it again afterwards"
    if found.not_over:
        yield f"{found.not_over:,} are old enough, and not over yet: they stay"
    for title, words in (
        ("longer words stay as they are (--text erases them, too):", found.remnants),
        ("those who are called so are also called (--text):", found.beside),
    ):
        if words:
            yield title
            yield from (f"  {terminal.escaped(it)}" for it in _some(words))


def _some(lines: Sequence[str]) -> list[str]:
    more = len(lines) - NAMED_AT_MOST
    return [*lines[:NAMED_AT_MOST], *([f"and {more:,} more"] if more > 0 else [])]


def as_json(found: ErasedNow) -> dict[str, Any]:
    return {
        "done": found.done,
        "pseudonym": found.pseudonym if found.done else None,
        "rows": dict(found.rows),
        "attestations": found.attestations,
        "unsalted": found.unsalted,
        "in_the_way": list(found.in_the_way),
        "remnants": list(found.remnants),
        "beside": list(found.beside),
        "cleaning": found.cleaning or None,
        "not_over": found.not_over,
        "more": found.more,
    }
