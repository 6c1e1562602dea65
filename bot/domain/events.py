"""What can happen to a signoff? Each event is also its audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.change import Change
from bot.domain.people import Contributors, Standing
from bot.domain.provenance import Provenance, Statement
from bot.domain.risk import Risk
from bot.domain.signoff import Asked, Report, Requirement, Review, SetAside, Since


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`draw` is its lot for samples. `since` is what differs from the revision before, `statements`
    and `set_aside` what was said of it already, and `carried` the approvals of the identical change,
    with what those who gave them are entitled to now.
    """

    signoff_id: str
    change: Change
    provenance: Provenance
    contributors: Contributors
    requirement: Requirement
    at: datetime
    risk: Risk | None = None
    draw: int = 10_000
    since: Since | None = None
    statements: tuple[Statement, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    invited: tuple[Asked, ...] = ()
    carried: tuple[Review, ...] = ()
    standings: tuple[Standing, ...] = ()
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """`standings` says what everybody who reviewed so far is entitled to at this very moment."""

    review: Review
    standings: tuple[Standing, ...]
    kind: Literal["reviewed"] = "reviewed"

    @property
    def at(self) -> datetime:
        return self.review.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassessed:
    """Policy, roster or evidence changed while it was pending: what is asked now, and of whom.

    `invited` are all who are asked now, those who were asked before and still may among them.
    Older trails say nothing of evidence and risk: they stayed as they were.
    """

    requirement: Requirement
    contributors: Contributors
    at: datetime
    provenance: Provenance | None = None
    risk: Risk | None = None
    invited: tuple[Asked, ...] = ()
    kind: Literal["reassessed"] = "reassessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Somebody who had a part answered whether AI helped."""

    statement: Statement
    kind: Literal["declared"] = "declared"

    @property
    def at(self) -> datetime:
        return self.statement.at


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSetAside:
    """Somebody who may review says that a finding is wrong, and why."""

    set_aside: SetAside
    standing: Standing
    kind: Literal["evidence_set_aside"] = "evidence_set_aside"

    @property
    def at(self) -> datetime:
        return self.set_aside.at


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """`invited` are those who are asked from now on, too."""

    at: datetime
    invited: tuple[Asked, ...] = ()
    kind: Literal["deadline_passed"] = "deadline_passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    by: str
    at: datetime
    kind: Literal["superseded"] = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    by: str
    reason: str
    at: datetime
    kind: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The pipeline took our answer, or refused it for good."""

    report: Report
    kind: Literal["reported"] = "reported"

    @property
    def at(self) -> datetime:
        return self.report.at


Event = (
    Opened
    | Reviewed
    | Reassessed
    | Declared
    | EvidenceSetAside
    | DeadlinePassed
    | Superseded
    | Withdrawn
    | Reported
)
