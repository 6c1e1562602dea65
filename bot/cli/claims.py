"""Do two globs of repositories speak of the same ones? Told without a list of repositories."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\*+|\[!?\]?[^\]]*\]|.", re.S)
_WILD = re.compile(r"[*?\[]")


def overlap(one: str, other: str) -> bool:
    """Whether some name may fit both; of brackets, the wider reading."""
    first, second = one.casefold(), other.casefold()
    if not _may_begin_alike(first, second):
        return False
    return _meet(_tokens(first), _tokens(second))


def covers(wide: str, narrow: str) -> bool:
    """Whether every name that fits `narrow` surely fits `wide`."""
    tokens = _tokens(narrow.casefold())
    reached = {0}
    for step in _tokens(wide.casefold()):
        if step == "*":
            reached = set(range(min(reached), len(tokens) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(tokens) and _takes(step, tokens[at])}
    return len(tokens) in reached


def _tokens(glob: str) -> list[str]:
    return ["*" if piece[0] == "*" else piece for piece in _PIECE.findall(glob)]


def _takes(step: str, piece: str) -> bool:
    return step == piece or (step == "?" and piece != "*")


def _may_begin_alike(one: str, other: str) -> bool:
    """Most pairs differ before their first wildcard."""
    first, second = _WILD.split(one, maxsplit=1)[0], _WILD.split(other, maxsplit=1)[0]
    return first.startswith(second) or second.startswith(first)


def _meet(one: list[str], other: list[str]) -> bool:
    """Row by row: which beginnings of both can be spelt by one name."""
    row = _row_of_nothing(other)
    for step in one:
        next_row = [row[0] and step == "*"]
        for at, piece in enumerate(other):
            skips = (step == "*" and (row[at + 1] or next_row[at])) or (
                piece == "*" and (next_row[at] or row[at + 1])
            )
            next_row.append(skips or (row[at] and _agree(step, piece)))
        row = next_row
    return row[-1]


def _row_of_nothing(other: list[str]) -> list[bool]:
    row = [True]
    for piece in other:
        row.append(row[-1] and piece == "*")
    return row


def _agree(one: str, other: str) -> bool:
    either = (one, other)
    return one == other or any(it == "?" or (it[0] == "[" and len(it) > 1) for it in either)
