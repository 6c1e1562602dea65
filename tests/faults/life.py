"""What is known of one signoff at some point of its trail, and would it be enough? Told anew, with
no code of the lifecycle or the quorum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.change import Change
from bot.domain.people import Standing
from bot.domain.provenance import AiStatus, Provenance
from bot.domain.signoff import (
    Ask,
    DeadlineKind,
    Declaration,
    Requirement,
    Review,
    Status,
    Verdict,
)
from tests.faults.evidence import Entry, Violation

UNSAID = (AiStatus.UNDECLARED, AiStatus.SUSPECTED, AiStatus.CONTRADICTED)


@dataclass(slots=True, kw_only=True)
class Life:
    """One signoff, as far as its trail was read. `known_since`: what it waits for is known since."""

    id: str
    change: Change
    requirement: Requirement
    contributors: frozenset[str]
    known_since: datetime
    opened_seq: int
    renewal: int = 0
    silent: bool = False
    spoken: bool = False
    reviews: dict[str, Review] = field(default_factory=dict)
    escalated: bool = False
    status: Status = Status.PENDING
    ended: Entry | None = None
    wrongs: list[Violation] = field(default_factory=list)

    @property
    def expires_at(self) -> datetime | None:
        ends = [it.at for it in self.requirement.deadlines if it.kind is DeadlineKind.EXPIRE]
        return min(ends, default=None)

    def wrong(self, law: str, words: str) -> None:
        self.wrongs.append(Violation(law, f"{self.id} {words}"))

    def end(self, status: Status, entry: Entry) -> None:
        if self.ended is None:
            self.status, self.ended = status, entry


def is_silent(requirement: Requirement, provenance: Provenance) -> bool:
    required = requirement.declaration is Declaration.REQUIRED
    return required and provenance.status in UNSAID


def enough(life: Life, standings: Iterable[Standing], reviews: Iterable[Review]) -> bool:
    """Law 1: enough distinct persons, eligible now, on this revision under this policy."""
    now = {standing.person: standing for standing in standings}
    approve = [it.person for it in reviews if it.verdict is Verdict.APPROVE and _counts(life, it)]
    who = {person for person in approve if eligible(life, now.get(person))}
    told = life.spoken or not life.silent
    return (
        told
        and bool(who)
        and all(
            sum(fits(life, ask, now[person]) for person in who) >= ask.approvals
            for ask in life.requirement.asks
        )
    )


def _counts(life: Life, review: Review) -> bool:
    asked = life.requirement
    said = sum(char.isalnum() for char in review.reason) >= 3 or not asked.approve_reason
    return (
        review.revision == life.change.revision
        and review.policy_digest == asked.policy_digest
        and said
        and set(asked.checklist) <= set(review.checklist)
    )


def eligible(life: Life, standing: Standing | None) -> bool:
    return any(fits(life, ask, standing) for ask in life.requirement.asks)


def fits(life: Life, ask: Ask, standing: Standing | None) -> bool:
    if standing is None or standing.person in life.contributors:
        return False
    ladder = list(life.requirement.levels)
    if standing.level not in ladder or ask.level not in ladder:
        return False
    circle = set(ask.groups) | (set(ask.wider) if life.escalated else set())
    within = standing.person in ask.people or bool(circle & standing.groups)
    return within and ladder.index(standing.level) >= ladder.index(ask.level)
