"""What reads texts of strangers, what is good in it, and how may it refuse?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.fuzz import evidence, messages, repositories

Refuses = tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`read` takes any bytes; whatever it raises beside what it `refuses` with is a mistake."""

    read: Callable[[bytes], object]
    good: Sequence[bytes]
    refuses: Refuses


TARGETS: Mapping[str, Target] = {
    reader.__name__: Target(read=reader, good=good, refuses=refuses)
    for room in (evidence, messages, repositories)
    for reader, good, refuses in room.READERS
}
"""By name, as `python -m tests.fuzz NAME` takes it."""
