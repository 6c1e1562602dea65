"""Why were they asked, and not this one? The difference that decided, between two in the row."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.asking.situation import Load
from bot.domain.asking.turns import Kind, Reason, Turn


def behind(asked: Sequence[Turn], other: Turn) -> str:
    """Why `other` is not among those who were asked: what the last of them is ahead by."""
    if not asked:
        return "enough others were asked"
    last = asked[-1]
    if other.reach.waits > last.reach.waits:
        return _later(last, other)
    if other.reach.waits + other.full > last.reach.waits + last.full:
        return f"has {_open(other.load)}; {last.name} has {last.load.open}"
    if other.place[:2] > last.place[:2]:
        return _outweighed(last, other)
    return f"comes after {last.name} by lot: all else is even"


def _later(last: Turn, other: Turn) -> str:
    only = "" if other.reach.sentence == other.reach.words else " only"
    missed = ", after it expires" if other.reach.misses else ""
    return f"{other.reach.sentence}{only}{missed}; {last.name} {_sooner(last, other)}"


def _sooner(last: Turn, other: Turn) -> str:
    if last.reach.now and not other.reach.now:
        return "is at work now"
    at_work = last.reach.sentence != last.reach.words
    return last.reach.sentence if at_work else "can look sooner"


def _outweighed(last: Turn, other: Turn) -> str:
    """By what weighs most of all that is in favour of the other."""
    mine, theirs = ({it.kind: it for it in turn.reasons} for turn in (other, last))
    ahead = {kind: it.worth - _worth(mine, kind) for kind, it in theirs.items()}
    most = max(ahead, key=lambda kind: ahead[kind], default=None)
    if most is None or ahead[most] < other.carries - last.carries:
        return _carries(last.load, other.load, last.name)
    if most in mine:
        return f"{mine[most].sentence}; {last.name} {theirs[most].sentence}"
    return f"comes after {last.name}, who {theirs[most].sentence}"


def _worth(reasons: dict[Kind, Reason], kind: Kind) -> int:
    return reasons[kind].worth if kind in reasons else 0


def _carries(last: Load, other: Load, name: str) -> str:
    if not last.open and not other.open:
        asks = "1 ask" if other.week == 1 else f"{other.week} asks"
        return f"has {asks} in the last week; {name} has {last.week}"
    return (
        f"has {_open(other)} and {other.week} in the last week; "
        f"{name} has {last.open} and {last.week}"
    )


def _open(load: Load) -> str:
    return "1 open ask" if load.open == 1 else f"{load.open} open asks"
