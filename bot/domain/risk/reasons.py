"""Why is a change risky? Reasons with their tier, their points and what to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

PATHS_AT_MOST = 5
CHECKLIST_AT_MOST = 8


class RiskTier(StrEnum):
    """Compare by `rank`, never as words."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """From 0, the lowest."""
        return TIERS.index(self)


TIERS: tuple[RiskTier, ...] = (
    RiskTier.LOW,
    RiskTier.NORMAL,
    RiskTier.HIGH,
    RiskTier.CRITICAL,
)
"""The lowest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason, in our own words. `kind` is one of WEIGHTS; `paths` are the first few it is about.

    `paths` came from outside as they are; the sentence holds nothing of theirs that is not harmless.
    """

    kind: str
    tier: RiskTier
    points: int
    sentence: str
    checklist: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The tier is that of the strongest reason, the score the sum of all points."""

    tier: RiskTier
    score: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def checklist(self) -> tuple[str, ...]:
        """What an approver has to tick, from the strongest reason on; nothing below high."""
        if self.tier.rank < RiskTier.HIGH.rank:
            return ()
        points = chain.from_iterable(reason.checklist for reason in self.reasons)
        return tuple(dict.fromkeys(points))[:CHECKLIST_AT_MOST]


# Where a change goes says most about its risk, and how large it is says least.
WEIGHTS: Mapping[str, int] = {
    "territory": 15,
    "infrastructure": 14,
    "access": 13,
    "secrets": 13,
    "network": 12,
    "migration": 11,
    "scaling": 10,
    "policy": 9,
    "workflow": 9,
    "dependency": 8,
    "unreviewable": 7,
    "unknown": 7,
    "tests": 6,
    "checks": 6,
    "window": 4,
    "incident": 3,
    "flag": 2,
    "content": 1,
    "size": 1,
}
_TIMES = {RiskTier.LOW: 1, RiskTier.NORMAL: 2, RiskTier.HIGH: 4, RiskTier.CRITICAL: 8}

BLAST_RADIUS = "Blast radius: I know who is hit if this fails, and how it is kept small."
ROLL_BACK = "Roll-back: I know how to undo this, how long it takes, and what stays."
EDGE_CASES = "Edge cases: empty, huge, repeated and failing input were tested."
PEAK_LOAD = "Peak load: this holds at the highest load of late, with some room left."
DATA = "Data: what is lost or rewritten is backed up, and a restore was tried."
LEAST_ACCESS = "Access: nobody and nothing can do more than they need to."
PIPELINE = "Pipeline: checks and approvals guard production as they did before."
READ = "Unseen content: I looked at what could not be shown here, at its source."
ORIGIN = "Origin: what comes from elsewhere is what it says it is, and is needed."
TIMING = "Timing: this cannot wait, and somebody is there to watch it."
ROTATE = "Secrets: whatever was in the open is revoked, and replaced."


def reason(
    kind: str,
    tier: RiskTier,
    sentence: str,
    *checklist: str,
    paths: Iterable[str] = (),
    times: int = 1,
) -> Reason:
    """Points are the weight of the kind, times 1, 2, 4 or 8 for its tier, times `times`."""
    first = tuple(sorted(set(paths))[:PATHS_AT_MOST])
    points = WEIGHTS[kind] * _TIMES[tier] * times
    return Reason(
        kind=kind, tier=tier, points=points, sentence=sentence, checklist=checklist, paths=first
    )


def weighed(reasons: Iterable[Reason]) -> Risk:
    """All reasons as one risk, the strongest first; without any it is low."""
    ordered = tuple(sorted(reasons, key=_strength))
    return Risk(
        tier=ordered[0].tier if ordered else RiskTier.LOW,
        score=sum(reason.points for reason in ordered),
        reasons=ordered,
    )


def _strength(reason: Reason) -> tuple[int, int, str, str]:
    return -reason.tier.rank, -reason.points, reason.kind, reason.sentence
