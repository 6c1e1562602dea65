"""What can happen to a signoff? Each event is also its audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.change import Change
from bot.domain.override import Override, OverrideReview, OverrideRules, OverrideWanted
from bot.domain.people import Contributors, Standing
from bot.domain.provenance import Provenance, Statement
from bot.domain.risk import Risk
from bot.domain.signoff import (
    Asked,
    Claim,
    Delegation,
    Report,
    Requirement,
    Review,
    SetAside,
    Shipment,
    Since,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`draw` is its lot for samples. `since` is what differs from the revision before, `statements`
    and `set_aside` what was said of it already, and `carried` the approvals of the identical change,
    with what those who gave them are entitled to now. `along` were stopped at its place: `change`
    holds theirs as well; `apart` were, too, and do not go along. `unvouched`: the facts of `change`
    are what whoever announced it said, and nobody else vouches for them.
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
    renews: str = ""
    renewal: int = 0
    along: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    unvouched: bool = False
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
class ReviewTakenBack:
    """Somebody took back what they had said of it. `standings` are those of the others."""

    person: str
    at: datetime
    standings: tuple[Standing, ...] = ()
    kind: Literal["review_taken_back"] = "review_taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Nobody took an approval back in time. `standings` says what those who approved are entitled
    to at this very moment.
    """

    standings: tuple[Standing, ...]
    at: datetime
    kind: Literal["settled"] = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Somebody who may review is looking at it."""

    claim: Claim
    standing: Standing
    kind: Literal["claimed"] = "claimed"

    @property
    def at(self) -> datetime:
        return self.claim.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Whoever claimed it let go of it, or the claim lapsed."""

    person: str
    at: datetime
    lapsed: bool = False
    kind: Literal["released"] = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegated:
    """Somebody who may review asked somebody else to. `standings` are those of both."""

    delegation: Delegation
    standings: tuple[Standing, ...]
    kind: Literal["delegated"] = "delegated"

    @property
    def at(self) -> datetime:
        return self.delegation.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquired:
    """Somebody who may review asked something of those who made the change."""

    standing: Standing
    question: str
    at: datetime
    kind: Literal["inquired"] = "inquired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Somebody who had a part answered such a question."""

    number: int
    by: str
    answer: str
    at: datetime
    kind: Literal["answered"] = "answered"


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
    """Taken back; `by` is the person who did it, empty where the pipeline gave the change up."""

    by: str
    reason: str
    at: datetime
    kind: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideAsked:
    """Somebody who may override asked somebody else to confirm it. `rules` are those of the moment."""

    wanted: OverrideWanted
    standing: Standing
    rules: OverrideRules
    kind: Literal["override_asked"] = "override_asked"

    @property
    def at(self) -> datetime:
        return self.wanted.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """It goes on in an emergency. `standings` are of all whose word it took, at this very moment,
    and `rules` who might.
    """

    override: Override
    standings: tuple[Standing, ...]
    rules: OverrideRules
    kind: Literal["overridden"] = "overridden"

    @property
    def at(self) -> datetime:
        return self.override.at


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideReviewed:
    """Somebody else said afterwards whether the override was fine."""

    review: OverrideReview
    standing: Standing
    rules: OverrideRules
    kind: Literal["override_reviewed"] = "override_reviewed"

    @property
    def at(self) -> datetime:
        return self.review.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """It expired, and was asked for again as another signoff; `by` is empty for the pipeline."""

    renewed_as: str
    by: str
    at: datetime
    kind: Literal["renewed"] = "renewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """The pipeline told what came of it."""

    shipment: Shipment
    kind: Literal["shipped"] = "shipped"

    @property
    def at(self) -> datetime:
        return self.shipment.at


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
    | ReviewTakenBack
    | Settled
    | Claimed
    | Released
    | Delegated
    | Inquired
    | Answered
    | Reassessed
    | Declared
    | EvidenceSetAside
    | DeadlinePassed
    | Superseded
    | Withdrawn
    | OverrideAsked
    | Overridden
    | OverrideReviewed
    | Renewed
    | Reported
    | Shipped
)
