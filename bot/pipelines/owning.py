"""Who owns files, by one CODEOWNERS or by both, where a change touches that very file?"""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.change import Ownership
from bot.domain.owners import Dialect, parse


def owned(
    texts: Iterable[str], dialect: Dialect, paths: Iterable[str]
) -> tuple[Ownership, ...] | None:
    """By any of `texts`: nobody gives files away in the change that needs their owners.

    None: one of them cannot be read.
    """
    files = [parse(text, dialect) for text in texts]
    if not all(file.known for file in files):
        return None
    paths = tuple(paths)
    return tuple(dict.fromkeys(one for file in files for one in file.of(paths)))


def of_both(
    one: tuple[Ownership, ...] | None, other: tuple[Ownership, ...] | None
) -> tuple[Ownership, ...] | None:
    """All that either asks for. None: one of them is not known."""
    return None if one is None or other is None else tuple(dict.fromkeys((*one, *other)))
