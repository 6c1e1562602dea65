"""What is a signoff? One change, what policy asks of it, and what people said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.change import Change
from bot.domain.override import Override, OverrideWanted
from bot.domain.people import Contributors
from bot.domain.provenance import AiStatus, Provenance, Statement
from bot.domain.proving import BY_CLICK as BY_CLICK
from bot.domain.proving import BY_FORM as BY_FORM
from bot.domain.proving import BY_KEY as BY_KEY
from bot.domain.proving import Assertion as Assertion
from bot.domain.risk import Risk


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    OVERRIDDEN = "overridden"
    NOT_REQUIRED = "not_required"

    @property
    def is_final(self) -> bool:
        return self is not Status.PENDING

    @property
    def proceed(self) -> bool:
        """Whether the pipeline may go on: true for these three alone."""
        return self in (Status.APPROVED, Status.OVERRIDDEN, Status.NOT_REQUIRED)

    @property
    def signed(self) -> bool:
        """Whether what is built upon it need not be judged with it: an emergency is no signature."""
        return self.proceed and self is not Status.OVERRIDDEN


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Declaration(StrEnum):
    """Whether the author is asked if AI helped, where nobody said so; `required`: before anybody
    may approve."""

    NO = "no"
    ASK = "ask"
    REQUIRED = "required"


class DeadlineKind(StrEnum):
    """What happens then: who was asked is reminded, more of the same circle are asked, the circle
    grows, it grows by those who answer for them all, it is over."""

    REMIND = "remind"
    WIDEN = "widen"
    ESCALATE = "escalate"
    MANAGERS = "managers"
    EXPIRE = "expire"

    @property
    def escalates(self) -> bool:
        return self in (DeadlineKind.ESCALATE, DeadlineKind.MANAGERS)


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """A moment when something is due. `groups` join then; none are named where all do."""

    at: datetime
    kind: DeadlineKind
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Approvals wanted from one circle: `people` and members of `groups`, at `level` or above.

    `wider` are the groups that join this circle, and no other, as it escalates.
    """

    approvals: int
    level: str
    groups: frozenset[str]
    wider: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What policy asks of one signoff; every `Ask` has to be met.

    `levels` is the ladder the asks are measured on, lowest first, so that a requirement can be
    judged by itself years later. `grace` is how long an approval may be taken back before it counts.
    `step_up`: an approval counts only with a fresh sign-in and the person's own security key.
    """

    asks: tuple[Ask, ...]
    levels: tuple[str, ...]
    owners: tuple[str, ...]
    rules: tuple[str, ...]
    because: tuple[str, ...]
    policy_digest: str
    deadlines: tuple[Deadline, ...] = ()
    approve_reason: bool = False
    checklist: tuple[str, ...] = ()
    declaration: Declaration = Declaration.NO
    carry: bool = False
    shadow: bool = False
    grace: timedelta = timedelta(0)
    step_up: bool = False

    @property
    def wider(self) -> frozenset[str]:
        """The groups that join any of its circles as it escalates."""
        return frozenset().union(*(ask.wider for ask in self.asks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody who was asked, and why they: in our own words."""

    person: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """On which signoff, revision and policy an approval was cast before it was carried on."""

    signoff_id: str
    revision: str
    policy_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One person's verdict, cast on one revision under one policy.

    `carried` is where it was cast, if that was on an earlier revision of the identical change.
    `proved` says how they showed that it is they, and `level` what they were at that moment.
    `looked_at` is when they first opened its evidence; None: nobody saw them do so.
    """

    person: str
    verdict: Verdict
    at: datetime
    revision: str
    policy_digest: str
    reason: str = ""
    checklist: tuple[str, ...] = ()
    carried: Carried | None = None
    proved: str = BY_CLICK
    level: str = ""
    assertion: Assertion | None = None
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A finding that somebody who may review says is wrong, and why: it no longer counts."""

    finding: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What is different from the revision that was asked about before, and who made it so.

    `files` are the first few paths that differ; `identical`: nothing does.
    """

    signoff_id: str
    revision: str
    identical: bool
    files: tuple[str, ...] = ()
    more: int = 0
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody says that they are looking at it; it lapses by itself."""

    person: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Somebody who may review asked somebody else to, and why."""

    by: str
    to: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What somebody who may review asked those who made the change, and what they answered."""

    number: int
    by: str
    at: datetime
    question: str
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Enough approvals, by these people; they count once nobody took theirs back until then."""

    until: datetime
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How the pipeline took our answer."""

    at: datetime
    accepted: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What came of it in the pipeline, once it was allowed to go on."""

    at: datetime
    succeeded: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signoff:
    """`version` counts the events it went through: 1 once opened.

    `renews` is the expired signoff it asks again for, `renewal` how often that was done before,
    and `renewed_as` what asks again for this one. `asked_more`: it widened. Of plans that a later
    one took the place of: `reminded` is how many reminders went out by then, if that is more than
    the new one had until then, and `let_in` are groups that would otherwise have to wait anew.
    `along` are signoffs that were stopped at its place and whose changes its own holds as well,
    `apart` those whose changes do not go along with it: the newest first. `unvouched`: nobody but
    whoever announced it vouches for the facts of its change.
    """

    id: str
    change: Change
    provenance: Provenance
    contributors: Contributors
    requirement: Requirement
    opened_at: datetime
    risk: Risk | None = None
    draw: int = 10_000
    since: Since | None = None
    invited: tuple[Asked, ...] = ()
    author_asked: bool = False
    statements: tuple[Statement, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    status: Status = Status.PENDING
    reviews: tuple[Review, ...] = ()
    deadlines_passed: int = 0
    escalated: bool = False
    asked_more: bool = False
    reminded: int = 0
    let_in: frozenset[str] = frozenset()
    decided_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""
    claim: Claim | None = None
    delegations: tuple[Delegation, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()
    settling: Settling | None = None
    report: Report | None = None
    shipment: Shipment | None = None
    renews: str = ""
    renewal: int = 0
    renewed_as: str = ""
    along: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    unvouched: bool = False
    override_asked: OverrideWanted | None = None
    override: Override | None = None
    version: int = 1

    @property
    def bypassed(self) -> bool:
        """Whether it was shipped although nobody had let it go on by then."""
        it = self.shipment
        return it is not None and it.succeeded and not self.proceeds(it.at)

    def proceeds(self, at: datetime) -> bool:
        """Whether it may go on at that moment."""
        return self.status.proceed and not self.has_ended(at)

    def has_ended(self, at: datetime) -> bool:
        """Whether an override is over that let a merge go on: its check would stay for ever. A run
        went on at once, and nothing is taken back from it.
        """
        return self.override is not None and self.change.by_lineage and self.override.until <= at

    @property
    def is_over(self) -> bool:
        """Whether it ran out, so that it may be asked for again: its time, or its override's."""
        ended = self.override is not None and self.override.ended
        return ended or self.status is Status.EXPIRED

    @property
    def abandoned(self) -> bool:
        """Whether the pipeline took it back, and no person."""
        return self.status is Status.WITHDRAWN and not self.ended_by

    @property
    def next_due(self) -> datetime | None:
        """When time changes it next: a deadline, a claim that lapses, an approval that counts, or
        an override that ends or that nobody reviewed.
        """
        if self.status.is_final:
            return self._override_due
        waiting = [deadline.at for deadline in self.next_deadlines[:1]]
        lapses = [self.claim.until] if self.claim else []
        settles = [self.settling.until] if self.settling else []
        return min((*waiting, *lapses, *settles), default=None)

    @property
    def _override_due(self) -> datetime | None:
        it = self.override
        if it is None:
            return None
        ends = it.until if self.change.by_lineage and not it.ended else None
        return min((at for at in (ends, it.next_due) if at), default=None)

    @property
    def next_deadlines(self) -> tuple[Deadline, ...]:
        """Those that have not passed yet."""
        return self.requirement.deadlines[self.deadlines_passed :]

    @property
    def reminders(self) -> int:
        """How many went out so far."""
        passed = self.requirement.deadlines[: self.deadlines_passed]
        return max(sum(it.kind is DeadlineKind.REMIND for it in passed), self.reminded)

    @property
    def waits_to_join(self) -> frozenset[str]:
        """The groups whose own time is still to come, or never comes before it expires."""
        due = self.requirement.deadlines
        came = {name for it in due[: self.deadlines_passed] for name in it.groups}
        named = any(it.groups for it in due)
        return self.requirement.wider - came - self.let_in if named else frozenset()

    @property
    def joined(self) -> frozenset[str]:
        """The groups that joined any of its circles by now."""
        return self.requirement.wider - self.waits_to_join if self.escalated else frozenset()

    @property
    def expires_at(self) -> datetime | None:
        due = (d.at for d in self.requirement.deadlines if d.kind is DeadlineKind.EXPIRE)
        return min(due, default=None)

    @property
    def asked(self) -> tuple[str, ...]:
        """Everybody who was asked so far."""
        return tuple(asked.person for asked in self.invited)

    @property
    def said_itself(self) -> bool:
        """Whether somebody who had a part answered about this very revision."""
        return any(said.revision == self.change.revision for said in self.statements)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in whose channels it hangs."""
        return tuple(dict.fromkeys((*self.requirement.owners, *sorted(self.joined))))


_UNSAID = (AiStatus.UNDECLARED, AiStatus.SUSPECTED, AiStatus.CONTRADICTED)


def wants_declaration(signoff: Signoff) -> bool:
    """Whether its author is to be asked if AI helped: nobody said so, or two things were said."""
    return (
        signoff.requirement.declaration is not Declaration.NO
        and signoff.provenance.status in _UNSAID
        and not signoff.said_itself
    )
