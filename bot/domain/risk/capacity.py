"""How risky is it to move a bound: replicas, limits, quotas, pools?

Less room than was needed lately is critical, and so is none at all. No room above the peak is
high; so is half the room or less, ten times as much, what cannot be read and what is gone. To tell
the peak excuses half the room only where some is left above it, and nothing excuses a quarter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose, isfinite

from bot.domain.change import Change, Kind, Scaling, Setting
from bot.domain.risk.reasons import BLAST_RADIUS, PEAK_LOAD, ROLL_BACK, Reason, RiskTier, reason
from bot.domain.risk.scales import Bound, bound_of, known_name, quantity, shown_value
from bot.domain.spans import harmless

_CHECKLIST = (PEAK_LOAD, ROLL_BACK, BLAST_RADIUS)
_ROOM = 1.2
"""So many times the recent peak is room enough."""

_LEAST_SHARE = 0.25
"""Less than this share of what there was is high, whatever peak somebody tells."""

_TIMES_MORE = 10
_TIMES_IN_WORDS = {10: "ten", 100: "a hundred", 1_000: "a thousand", 1_000_000: "a million"}
_UNKNOWN = "an unknown value"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """`was` and `now` as they are shown; None: nothing there. The numbers are None if unreadable.

    `what` is one of our own names for settings, `path` what it belongs to as others call it.
    """

    what: str
    bound: Bound
    was: str | None
    now: str | None
    before: float | None
    after: float | None
    peak: float | None = None
    path: str = ""


def moves(change: Change) -> Iterator[Reason]:
    """One reason for each tier, from what is stated, what a plan does and what the diffs show."""
    groups: dict[RiskTier, list[_Move]] = defaultdict(list)
    stated = [move for it in change.scaling if not _stays(move := _stated(it))]
    for move in (*stated, *_shown_moves(change)):
        groups[_judged(move)].append(move)
    if not stated and change.kind is Kind.SCALING:
        told = (
            "none of the numbers it states moves" if change.scaling else "nobody stated the numbers"
        )
        sentence = f"It scales something, and {told}."
        yield reason("scaling", RiskTier.HIGH, sentence, *_CHECKLIST)
    for tier, found in groups.items():
        first = _says(min(found, key=_in_order))
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        sentence = f"{first[0].upper()}{first[1:]}{more}."
        paths = (move.path for move in found if move.path)
        yield reason("scaling", tier, sentence, *_CHECKLIST, paths=paths)


def _shown_moves(change: Change) -> Iterator[_Move]:
    for file in change.files:
        for setting in file.settings:
            if setting.before != setting.after and not _stays(move := _shown(file.path, setting)):
                yield move
    for resource in change.plan or ():
        for setting in resource.moves:
            address = harmless(resource.address, 60)
            if setting.before != setting.after and not _stays(move := _shown(address, setting)):
                yield move


def _stated(it: Scaling) -> _Move:
    before, after = _finite(it.before), _finite(it.after)
    return _Move(
        what=known_name(it.setting) or "a bound",
        bound=bound_of(it.setting) or Bound.CEILING,
        was=_UNKNOWN if before is None else _plain(before),
        now=_UNKNOWN if after is None else _plain(after),
        before=before,
        after=after,
        peak=_finite(it.recent_peak),
        path=harmless(it.resource, 60) or harmless(it.setting, 60),
    )


def _shown(path: str, setting: Setting) -> _Move:
    before, after = _pair(setting)
    return _Move(
        what=known_name(setting.name) or "a bound",
        bound=bound_of(setting.name) or Bound.CEILING,
        was=_displayed(setting.name, setting.before),
        now=_displayed(setting.name, setting.after),
        before=before,
        after=after,
        path=path,
    )


def _displayed(name: str, value: str | None) -> str | None:
    return None if value is None else shown_value(name, value) or "a value that is no number"


def _pair(setting: Setting) -> tuple[float | None, float | None]:
    """Both values as numbers; neither where they are of different dimensions."""
    before = quantity(setting.name, setting.before) if setting.before is not None else None
    after = quantity(setting.name, setting.after) if setting.after is not None else None
    if before and after and before[0] != after[0]:
        return None, None
    return before and before[1], after and after[1]


def _stays(move: _Move) -> bool:
    """The same, perhaps written otherwise."""
    if move.before is None or move.after is None:
        return False
    return isclose(move.before, move.after, rel_tol=1e-9)


def _judged(move: _Move) -> RiskTier:
    if move.bound is Bound.PACE:
        return RiskTier.NORMAL
    if move.after is None:
        return RiskTier.HIGH
    if move.before is None:
        return _arrived(move.after, move)
    if move.after >= move.before:
        grave = _many_times(move) or _against_peak(move) is not None
        return RiskTier.HIGH if grave else RiskTier.NORMAL
    return _lowered(move.before, move.after, move)


def _arrived(after: float, move: _Move) -> RiskTier:
    """Nobody knows whether it is less than before, unless there was nothing before."""
    if _against_peak(move):
        return RiskTier.CRITICAL if _against_peak(move) == "below" else RiskTier.HIGH
    return RiskTier.NORMAL if move.was is None or _has_room(after, move) else RiskTier.HIGH


def _lowered(before: float, after: float, move: _Move) -> RiskTier:
    switched_off = move.bound is Bound.SIZE and after <= 0
    if switched_off or _against_peak(move) == "below":
        return RiskTier.CRITICAL
    halved = after <= before / 2
    excused = _has_room(after, move) and after >= before * _LEAST_SHARE
    if _against_peak(move) or (halved and not excused):
        return RiskTier.HIGH
    return RiskTier.NORMAL


def _against_peak(move: _Move) -> str | None:
    """ "below" the recent peak or "at" it; None: above it, or none was told.

    A floor may well be below the peak: more is made when it is needed.
    """
    if move.bound in (Bound.FLOOR, Bound.PACE) or move.peak is None or move.after is None:
        return None
    if move.after < move.peak:
        return "below"
    return "at" if move.after == move.peak else None


def _has_room(after: float, move: _Move) -> bool:
    counts = move.bound is not Bound.FLOOR and move.peak is not None
    return counts and move.peak is not None and after >= _ROOM * move.peak


def _many_times(move: _Move) -> int:
    """How many times as much it is, where that is ten times or more; else 0."""
    if move.before is None or move.after is None or move.before <= 0:
        return 0
    times = move.after / move.before * (1 + 1e-9)
    return int(min(times, 1e15)) if times >= _TIMES_MORE else 0


def _in_order(move: _Move) -> tuple[str, str, str, float]:
    """So that of many, always the same is named."""
    return move.what, move.was or "", move.now or "", -1 if move.peak is None else move.peak


def _says(move: _Move) -> str:
    goes, is_ = ("go", "are") if move.what.endswith("s") else ("goes", "is")
    if move.now is None:
        return f"{move.what} {is_} no longer set here: {move.was} before"
    said = f"{move.what} {goes} from {move.was} to {move.now}"
    if move.was is None:
        said = f"{move.what} {goes} to {move.now}, from nothing that was set here"
    if move.bound is not Bound.PACE and (times := _many_times(move)):
        said += f", {_TIMES_IN_WORDS.get(times, times)} times as much"
    place = _against_peak(move)
    if place is None or move.peak is None:
        return said
    raised = move.before is not None and move.after is not None and move.after > move.before
    still = "still " if raised and place == "below" else ""
    left = ", with no room left" if place == "at" else ""
    return f"{said}, {still}{place} the recent peak of {_plain(move.peak)}{left}"


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _plain(number: float) -> str:
    return f"{number:.15g}"
