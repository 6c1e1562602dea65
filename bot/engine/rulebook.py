"""What do roster and policy, as configured now, say about a change or a person?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change
from bot.domain.contributors import contributors
from bot.domain.errors import AlreadyDecided, NotAReviewer, OwnChange, Refusal
from bot.domain.events import Opened, Reassessed
from bot.domain.people import Contributors, Person, Roster, Standing
from bot.domain.policy import Policy, evaluate
from bot.domain.provenance import assess
from bot.domain.quorum import check_may_decide, is_eligible
from bot.domain.signoff import Signoff, Status


@dataclass(frozen=True, slots=True)
class Rulebook:
    roster: Roster
    policy: Policy

    def judge(self, signoff_id: str, change: Change, at: datetime) -> Opened:
        """The opening of a signoff: evidence, contributors, and what policy asks."""
        provenance, people = assess(change), contributors(change, self.roster)
        requirement = evaluate(self.policy, self.roster, change, provenance, people, at)
        return Opened(
            signoff_id=signoff_id,
            change=change,
            provenance=provenance,
            contributors=people,
            requirement=requirement,
            at=at,
        )

    def reassess(self, signoff: Signoff, at: datetime) -> Reassessed | None:
        """What policy asks now, if that is something else: other rules, or another roster.

        Who had a part once has it for ever.
        """
        now = contributors(signoff.change, self.roster)
        people = Contributors(people=now.people | signoff.contributors.people, unknown=now.unknown)
        requirement = evaluate(
            self.policy,
            self.roster,
            signoff.change,
            signoff.provenance,
            people,
            signoff.opened_at,
        )
        if requirement == signoff.requirement and people == signoff.contributors:
            return None
        return Reassessed(requirement=requirement, contributors=people, at=at)

    def standings(self, people: Iterable[str]) -> tuple[Standing, ...]:
        """What each of them is entitled to now; whoever left the roster is not among them."""
        found = (self.roster.standing(person) for person in dict.fromkeys(people))
        return tuple(standing for standing in found if standing)

    def refusal(
        self, signoff: Signoff, person: str, revision: str, policy_digest: str
    ) -> Refusal | None:
        """Why a click of this person would not count now, explained; None if it may."""
        try:
            standing = self.roster.standing(person)
            check_may_decide(signoff, person, revision, policy_digest, standing)
        except Refusal as refusal:
            return self.explain(refusal, signoff)
        return None

    def explain(self, refusal: Refusal, signoff: Signoff) -> Refusal:
        """With a note that says who may instead, or who was quicker."""
        match refusal:
            case NotAReviewer() | OwnChange():
                names = ", ".join(person.name for person in self.who_may(signoff))
                refusal.add_note(f"{names or 'Nobody in the roster'} may.")
            case AlreadyDecided() if signoff.status in (Status.APPROVED, Status.REJECTED):
                refusal.add_note(f"{self.roster.name(signoff.reviews[-1].person)} decided it.")
        return refusal

    def who_may(self, signoff: Signoff) -> tuple[Person, ...]:
        """Everybody whose approval would count now."""
        return tuple(
            person
            for person in self.roster.people.values()
            if is_eligible(signoff, self.roster.standing(person.id))
        )
