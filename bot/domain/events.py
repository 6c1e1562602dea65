"""What can happen to a signoff? Each event is also its audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.change import Change
from bot.domain.people import Contributors, Standing
from bot.domain.provenance import Provenance
from bot.domain.signoff import Report, Requirement, Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    signoff_id: str
    change: Change
    provenance: Provenance
    contributors: Contributors
    requirement: Requirement
    at: datetime
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
    """Policy or roster changed while it was pending: what is asked now, and who had a part."""

    requirement: Requirement
    contributors: Contributors
    at: datetime
    kind: Literal["reassessed"] = "reassessed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    at: datetime
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


Event = Opened | Reviewed | Reassessed | DeadlinePassed | Superseded | Withdrawn | Reported
