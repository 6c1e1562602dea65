"""How many changes would one policy have asked for, by what, of whom, and how long did they wait?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.cli.reports import Share, Tally
from bot.domain.judging import Judged
from bot.domain.policy import Policy
from bot.domain.provenance import AiStatus
from bot.domain.risk import TIERS


@dataclass(slots=True, kw_only=True)
class Counting:
    """Adds up change by change."""

    policy: Policy
    _all: Counter[StrEnum] = field(default_factory=Counter)
    _asked: Counter[StrEnum] = field(default_factory=Counter)
    _applied: Counter[str] = field(default_factory=Counter)
    _rules: Counter[str] = field(default_factory=Counter)
    _people: Counter[str] = field(default_factory=Counter)
    _delays: list[timedelta] = field(default_factory=list)
    _signatures: int = 0
    _changes: int = 0
    _asked_for: int = 0
    _stuck: int = 0
    _late: int = 0

    def seen(self, judged: Judged) -> None:
        """Asked for or not."""
        self._changes += 1
        self._all.update(_kinds(judged))
        self._applied.update(set(judged.judgement.requirement.rules))

    def asked(
        self,
        judged: Judged,
        people: Iterable[str],
        *,
        signatures: int,
        delay: timedelta | None,
        late: bool,
    ) -> None:
        """One of those that were seen; no `delay`: too few could be asked.

        What expired first (`late`) was answered by nobody, and so has no delay.
        """
        self._asked_for += 1
        self._asked.update(_kinds(judged))
        self._rules.update(set(judged.judgement.requirement.rules))
        self._people.update(people)
        self._signatures += signatures
        self._stuck += delay is None
        self._late += late
        self._delays += [delay] if delay is not None and not late else []

    def tally(self) -> Tally:
        delays = sorted(self._delays)
        return Tally(
            changes=Share(self._asked_for, self._changes),
            ai=self._shares(AiStatus),
            risk=self._shares(reversed(TIERS)),
            rules=self._by_rule(),
            people=dict(self._people.most_common()),
            signatures=self._signatures,
            stuck=self._stuck,
            late=self._late,
            median_delay=_percentile(delays, 50),
            p95_delay=_percentile(delays, 95),
            shadow=self.policy.shadow,
        )

    def _shares(self, kinds: Iterable[StrEnum]) -> Mapping[str, Share]:
        return {
            kind.value: Share(self._asked[kind], self._all[kind])
            for kind in kinds
            if self._all[kind]
        }

    def _by_rule(self) -> Mapping[str, Share]:
        """In the order of the policy, those that never applied too, and then all others."""
        named = dict.fromkeys(rule.name for rule in self.policy.rules)
        others = sorted(self._applied.keys() - named.keys())
        return {name: Share(self._rules[name], self._applied[name]) for name in (*named, *others)}


def _kinds(judged: Judged) -> tuple[StrEnum, StrEnum]:
    return judged.facts.provenance.status, judged.facts.risk.tier


def _percentile(ordered: list[timedelta], percent: int) -> timedelta | None:
    """The least that so many of a hundred do not exceed."""
    return ordered[(len(ordered) * percent - 1) // 100] if ordered else None
