"""Is everything there? What was decided against what was deployed, and what shipped unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.auditing import Trail
from bot.domain.house_events import Unasked
from bot.domain.retelling import Retold
from bot.domain.signoff import Shipment, Signoff
from bot.domain.statement import stamp
from bot.exporting.examining import Examined
from bot.exporting.population import Counted, Gathered, Period, Sample

NAMED_AT_MOST = 10_000
"""Deployments without a decision, and records that do not hold; the others are counted."""

NOBODY_ASKED, NO_YES = "nobody had been asked", "nobody had let it go on"


@dataclass(slots=True)
class Named:
    """A list that grows no longer than anybody reads."""

    count: int = 0
    first: list[Any] = field(default_factory=list)

    def add(self, what: Any) -> None:
        self.count += 1
        if self.count <= NAMED_AT_MOST:
            self.first.append(what)


@dataclass(slots=True)
class Completeness:
    """What is counted on the way through all records of a period.

    A record counts in the period in which it was asked for, and a deployment in the one in which its
    pipeline told us. `unreadable` are entries of the house.
    """

    period: Period
    statuses: Counter[str] = field(default_factory=Counter)
    written: int = 0
    with_decision: int = 0
    failed: int = 0
    never_seen: int = 0
    overridden: int = 0
    unreviewed: int = 0
    approved_by_contributors: int = 0
    without: Named = field(default_factory=Named)
    flawed: Named = field(default_factory=Named)
    unreadable: Named = field(default_factory=Named)
    _unasked: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def see(self, found: Examined) -> None:
        self._integrity(found)
        if found.told is None:
            self.statuses["unknown"] += 1
            return
        self.statuses[found.told.signoff.status.value] += 1
        self._emergencies(found.told)
        self.never_seen += found.told.signoff.status.proceed and not found.told.shipments
        self._deployments(found.told)

    def see_shipped(self, found: Examined) -> None:
        """It was asked for in another period, and it shipped in this one."""
        self._integrity(found)
        if found.told:
            self._deployments(found.told)

    def hear(self, seq: int, event: Unasked, signoff_id: str | None) -> None:
        """Of what nobody was asked about. What its pipeline told twice, a month apart, is one."""
        name = (event.connection, event.deed, event.key, event.environment, event.what)
        if event.key and event.deed == "deployed" and name in self._unasked:
            self._unasked[name]["told"] += 1
            return
        entry = {
            "connection": event.connection,
            "key": event.key or None,
            "at": stamp(event.at),
            "what": event.what or None,
            "environment": event.environment or None,
            "deed": event.deed,
            "why": NOBODY_ASKED,
            "rules_name_it": event.named,
            "signoff": signoff_id,
            "seq": seq,
            "told": 1,
        }
        self.without.add(entry)
        if len(self._unasked) < NAMED_AT_MOST:
            self._unasked[name] = entry

    @property
    def decisions(self) -> int:
        return self.statuses.total() - self.statuses["pending"] - self.statuses["unknown"]

    @property
    def let_go_on(self) -> int:
        return sum(self.statuses[it] for it in ("approved", "overridden", "not_required"))

    @property
    def sound(self) -> bool:
        return not self.flawed.count and not self.unreadable.count

    def _integrity(self, found: Examined) -> None:
        if not found.integrity.verified:
            self.flawed.add({"record_id": found.record_id, "why": list(found.integrity.flaws)})

    def _emergencies(self, told: Retold) -> None:
        signoff = told.signoff
        if signoff.override:
            self.overridden += 1
            self.unreviewed += signoff.override.reviewed is None
        approved = {it.person for it in signoff.reviews if it.verdict.value == "approve"}
        self.approved_by_contributors += bool(approved & signoff.contributors.people)

    def _deployments(self, told: Retold) -> None:
        signoff = told.signoff
        shipments = self._of_period(told.shipments, signoff)
        unasked = self._of_period(told.unasked, signoff)
        succeeded = [it for it in shipments if it.succeeded]
        self.failed += len(shipments) - len(succeeded)
        self.with_decision += len(succeeded) - len(unasked)
        for shipment in unasked:
            self.without.add(
                {
                    "connection": signoff.change.connection,
                    "key": signoff.change.key,
                    "at": stamp(shipment.at),
                    "what": f"{signoff.change.repository} at {signoff.change.revision}",
                    "environment": signoff.change.environment,
                    "deed": signoff.change.deed,
                    "why": f"{NO_YES}: it is {signoff.status.value}",
                    "rules_name_it": None,
                    "signoff": signoff.id,
                    "seq": None,
                    "told": 1,
                }
            )

    def _of_period(self, told: Iterable[Shipment], signoff: Signoff) -> list[Shipment]:
        where = signoff.change.environment
        return [it for it in told if self.period.holds(it.at, where)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that is to be said at the end."""

    counted: Counted
    period: Period
    sample: Sample | None
    seen: Completeness
    trail: Trail
    in_trail: Gathered
    gone: Iterable[str]
    at: datetime

    @property
    def same_as_trail(self) -> bool:
        """Whether the database has exactly those that the trail says were asked for."""
        mine = (self.counted.count, self.counted.fingerprint)
        return mine == (self.in_trail.count, self.in_trail.fingerprint)

    @property
    def trail_holds(self) -> bool:
        return not self.trail.flaws.named and self.same_as_trail

    @property
    def genuine(self) -> bool:
        return self.trail_holds and self.seen.sound

    def facts(self) -> dict[str, Any]:
        seen, counted = self.seen, self.counted
        return {
            "population": {
                "id": counted.population.id,
                "since": stamp(self.period.since),
                "until": stamp(self.period.until),
                "environments": sorted(self.period.environments) or None,
                "count": counted.count,
                "root": counted.root,
                "ids_sha256": counted.ids_sha256,
                "over": self.period.until <= self.at,
            },
            "sample": self._sample(),
            "exported_at": stamp(self.at),
            "records_written": seen.written,
            "statuses": dict(sorted(seen.statuses.items())),
            "decisions": seen.decisions,
            "let_go_on": seen.let_go_on,
            "overridden": seen.overridden,
            "overridden_and_not_reviewed": seen.unreviewed,
            "approved_by_a_contributor": seen.approved_by_contributors,
            "deployments_seen": seen.with_decision + seen.without.count,
            "with_decision": seen.with_decision,
            "without_decision_count": seen.without.count,
            "without_decision": seen.without.first,
            "deployments_failed": seen.failed,
            "let_go_on_and_never_seen": seen.never_seen,
            "records_not_verified_count": seen.flawed.count,
            "records_not_verified": seen.flawed.first,
            "entries_not_readable_count": seen.unreadable.count,
            "entries_not_readable": seen.unreadable.first,
            "trail_holds": self.trail_holds,
            "trail": self._trail(),
        }

    def _sample(self) -> dict[str, Any] | None:
        if self.sample is None:
            return None
        drawn = self.counted.drawn or frozenset()
        return {"size": self.sample.size, "seed": self.sample.seed, "drawn": sorted(drawn)}

    def _trail(self) -> dict[str, Any]:
        found = self.trail
        flaws = [{it.kind: it.which, "why": it.why} for it in found.flaws.named]
        return {
            "entries": found.walked.count,
            "checkpoints": found.holding,
            "newest_checkpoint": found.claims.newest or None,
            "asked_for_in_period": self.in_trail.count,
            "same_as_database": self.same_as_trail,
            "not_in_database": list(self.gone),
            "erasures": [it.seq for it in found.erasures.said],
            "flaws": flaws,
            "more_flaws": found.flaws.more,
        }
