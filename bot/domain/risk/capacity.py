"""How risky is it to move a bound: replicas, limits, quotas, pools?

Less room than was needed lately is critical, and so is none at all. Half the room or less is high
where nobody told the peak; so is what cannot be read or is gone. More room is normal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from bot.domain.change import Change, FileChange, Kind, Scaling, Setting
from bot.domain.risk.reasons import BLAST_RADIUS, PEAK_LOAD, ROLL_BACK, Reason, RiskTier, reason
from bot.domain.risk.scales import Bound, bound_of, quantity
from bot.domain.spans import harmless

_CHECKLIST = (PEAK_LOAD, ROLL_BACK, BLAST_RADIUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """`was` and `now` as they are shown; None: nothing there. The numbers are None if unreadable."""

    what: str
    bound: Bound
    was: str | None
    now: str | None
    before: float | None
    after: float | None
    peak: float | None = None
    path: str = ""


def moves(change: Change) -> Iterator[Reason]:
    """One reason for each tier, from what is stated and from what the diffs show."""
    groups: dict[RiskTier, list[_Move]] = defaultdict(list)
    for move in _all_moves(change):
        groups[_judged(move)].append(move)
    if not change.scaling and change.kind is Kind.SCALING:
        sentence = "It scales something, and nobody stated the numbers."
        yield reason("scaling", RiskTier.HIGH, sentence, *_CHECKLIST)
    for tier, found in groups.items():
        first = _says(min(found, key=_in_order))
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        paths = (move.path for move in found if move.path)
        yield reason("scaling", tier, f"{first}{more}.", *_CHECKLIST, paths=paths)


def _all_moves(change: Change) -> Iterator[_Move]:
    for scaling in change.scaling:
        yield _stated(scaling)
    for file in change.files:
        for setting in file.settings:
            if setting.before != setting.after:
                yield _shown(file, setting)


def _stated(it: Scaling) -> _Move:
    what = f"{harmless(it.setting, 60) or 'a bound'} of {harmless(it.resource, 60) or 'something'}"
    before, after, peak = _finite(it.before), _finite(it.after), _finite(it.recent_peak)
    return _Move(
        what=what,
        bound=bound_of(it.setting) or Bound.CEILING,
        was="an unknown value" if before is None else _plain(before),
        now="an unknown value" if after is None else _plain(after),
        before=before,
        after=after,
        peak=peak,
    )


def _shown(file: FileChange, setting: Setting) -> _Move:
    before, after = _pair(setting)
    return _Move(
        what=setting.name,
        bound=bound_of(setting.name) or Bound.CEILING,
        was=setting.before,
        now=setting.after,
        before=before,
        after=after,
        path=file.path,
    )


def _pair(setting: Setting) -> tuple[float | None, float | None]:
    """Both values as numbers; neither where they are of different dimensions."""
    before = quantity(setting.name, setting.before) if setting.before is not None else None
    after = quantity(setting.name, setting.after) if setting.after is not None else None
    if before and after and before[0] != after[0]:
        return None, None
    return before and before[1], after and after[1]


def _judged(move: _Move) -> RiskTier:
    if move.bound is Bound.PACE:
        return RiskTier.NORMAL
    if move.after is None:
        return RiskTier.HIGH
    if move.before is None:
        return _arrived(move.after, move)
    if move.after >= move.before:
        return RiskTier.NORMAL
    return _lowered(move.before, move.after, move)


def _arrived(after: float, move: _Move) -> RiskTier:
    """Nobody knows whether it is less than before, unless there was nothing before."""
    if _below_peak(after, move):
        return RiskTier.CRITICAL
    return RiskTier.NORMAL if move.was is None or move.peak is not None else RiskTier.HIGH


def _lowered(before: float, after: float, move: _Move) -> RiskTier:
    switched_off = move.bound is Bound.SIZE and after <= 0
    if switched_off or _below_peak(after, move):
        return RiskTier.CRITICAL
    halved = after <= before / 2
    return RiskTier.HIGH if halved and move.peak is None else RiskTier.NORMAL


def _below_peak(after: float, move: _Move) -> bool:
    """A floor may well be below the peak: more is made when it is needed."""
    return move.bound is not Bound.FLOOR and move.peak is not None and after < move.peak


def _in_order(move: _Move) -> tuple[str, str, str, float]:
    """So that of many, always the same is named."""
    return move.what, move.was or "", move.now or "", -1 if move.peak is None else move.peak


def _says(move: _Move) -> str:
    what, was, now = (
        harmless(move.what, 125),
        harmless(move.was or "", 30),
        harmless(move.now or "", 30),
    )
    what = what or "a bound"
    goes, is_ = ("go", "are") if what.split(" of ")[0].endswith("s") else ("goes", "is")
    if move.was is None:
        return f"{what} {goes} to {now}, from nothing that was set here"
    if move.now is None:
        return f"{what} {is_} no longer set here: {was} before"
    said = f"{what} {goes} from {was} to {now}"
    if move.after is not None and _below_peak(move.after, move) and move.peak is not None:
        return f"{said}, below the recent peak of {_plain(move.peak)}"
    return said


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def _plain(number: float) -> str:
    return f"{number:.15g}"
