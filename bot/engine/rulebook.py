"""What do roster and policy, as configured now, say about a change or a person?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.config.conventions import standard
from bot.config.digests import digest_of
from bot.domain.asking.budgets import NO_BUDGETS, Budgets
from bot.domain.change import Change
from bot.domain.dossier import EMPTY, Dossier, grown
from bot.domain.errors import (
    AlreadyClaimed,
    AlreadyDecided,
    DeclarationMissing,
    NotAllowedToOverride,
    NotAReviewer,
    NotClaimed,
    NotTheirs,
    OwnChange,
    OwnOverride,
    Refusal,
    StepUpMissing,
    TheirOwnChange,
    TheySaid,
    Yourself,
)
from bot.domain.events import Opened, Reassessed
from bot.domain.evidence.conventions import Conventions
from bot.domain.facts import NEVER_DRAWN
from bot.domain.judging import Judged, ReadPolicy, Rules, judge
from bot.domain.ladder import planned_anew
from bot.domain.override import NOBODY_MAY, OverrideRules
from bot.domain.overriding import may_override, may_review_override
from bot.domain.people import Person, Roster, Standing
from bot.domain.policy import Policy, Rule
from bot.domain.quorum import (
    awaits_declaration,
    check_is_news,
    check_may_decide,
    is_eligible,
    tally,
)
from bot.domain.risk import RiskRules
from bot.domain.signoff import SetAside, Signoff, Status, Verdict

JUDGING = "3"
"""How we judge by all this. Raised with every change of it: what is pending, and was judged by an
older Countersign, is then judged anew.
"""

NAMED_AT_MOST = 5
"""Of those who may instead; how many more there are is said."""


def _unread(text: str) -> tuple[Rule, ...] | None:
    return None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """`digest` names all of it: rules, deadlines with their calendars, people, groups, overrides, risks,
    where cards hang that have no channel of their own, and how we judge; with `config_digest` also
    what else the config says, as of connections.
    """

    roster: Roster
    policy: Policy
    conventions: Conventions = field(default_factory=standard)
    risk: RiskRules = field(default_factory=RiskRules)
    read_policy: ReadPolicy = _unread
    fallback_channel: str = ""
    config_digest: str = ""
    overrides: OverrideRules = NOBODY_MAY
    budgets: Budgets = NO_BUDGETS
    digest: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = {
            "policy": self.policy,
            "roster": self.roster,
            "risk": self.risk,
            "conventions": self.conventions.version,
            "fallback_channel": self.fallback_channel,
            "config": self.config_digest,
            "judging": JUDGING,
        }
        if self.overrides != NOBODY_MAY:
            said["overrides"] = self.overrides
        object.__setattr__(self, "digest", digest_of(said))

    @property
    def channels(self) -> list[str]:
        """All that the config names."""
        groups = (group.channel for group in self.roster.groups.values())
        named = (*groups, self.fallback_channel, self.overrides.channel)
        return list(dict.fromkeys(channel for channel in named if channel))

    @property
    def rules(self) -> Rules:
        return Rules(
            roster=self.roster,
            policy=self.policy,
            conventions=self.conventions,
            risk=self.risk,
            read_policy=self.read_policy,
        )

    def judge(
        self,
        signoff_id: str,
        change: Change,
        at: datetime,
        dossier: Dossier = EMPTY,
        draw: int = NEVER_DRAWN,
        set_aside: tuple[SetAside, ...] = (),
    ) -> Opened:
        """The opening of a signoff: evidence, contributors, risk, and what policy asks."""
        judged = judge(self.rules, change, at, dossier=dossier, set_aside=set_aside, draw=draw)
        return Opened(
            signoff_id=signoff_id,
            change=change,
            provenance=judged.facts.provenance,
            contributors=judged.facts.contributors,
            requirement=judged.judgement.requirement,
            risk=judged.facts.risk,
            draw=draw,
            statements=dossier.statements,
            set_aside=set_aside,
            at=at,
        )

    def judged(self, signoff: Signoff, dossier: Dossier) -> Judged:
        """A signoff as it would be judged now. Who had a part once has it for ever, and so does what
        was found in that which goes along.
        """
        if signoff.along:
            dossier = grown(dossier, signoff.provenance, signoff.contributors)
        known = dossier.contributors
        people = known.people | signoff.contributors.people
        return judge(
            self.rules,
            signoff.change,
            signoff.opened_at,
            dossier=replace(dossier, contributors=replace(known, people=people)),
            statements=signoff.statements,
            set_aside=signoff.set_aside,
            draw=signoff.draw,
        )

    def reassess(self, signoff: Signoff, dossier: Dossier, at: datetime) -> Reassessed | None:
        """What is asked now, if that is something else: other rules, people or evidence.

        Of those who were invited it keeps who still may; whom to ask beside them is not said yet.
        """
        judged = self.judged(signoff, dossier)
        requirement, people = judged.judgement.requirement, judged.facts.contributors
        planned, news = planned_anew(signoff, requirement, at)
        escalated = signoff.escalated or news.escalates
        may = self.who_may(replace(planned, contributors=people, escalated=escalated))
        ids = {person.id for person in may}
        now = Reassessed(
            requirement=requirement,
            contributors=people,
            provenance=judged.facts.provenance,
            risk=judged.facts.risk,
            invited=tuple(asked for asked in signoff.invited if asked.person in ids),
            at=at,
        )
        as_before = replace(
            now,
            requirement=signoff.requirement,
            contributors=signoff.contributors,
            provenance=signoff.provenance,
            risk=signoff.risk,
            invited=signoff.invited,
        )
        return None if now == as_before else now

    def standings(self, people: Iterable[str]) -> tuple[Standing, ...]:
        """What each of them is entitled to now; whoever left the roster is not among them."""
        found = (self.roster.standing(person) for person in dict.fromkeys(people))
        return tuple(standing for standing in found if standing)

    def refusal(
        self,
        signoff: Signoff,
        person: str,
        revision: str,
        policy_digest: str,
        verdict: Verdict | None = None,
    ) -> Refusal | None:
        """Why a click of this person would not count now, explained; None if it may.

        With the `verdict` it would be, also where they said that already.
        """
        try:
            standing = self.roster.standing(person)
            check_may_decide(signoff, person, revision, policy_digest, standing)
            if verdict:
                self._check_worth_saying(signoff, person, verdict)
        except Refusal as refusal:
            return self.explain(refusal, signoff, person)
        return None

    def explain(self, refusal: Refusal, signoff: Signoff, person: str = "") -> Refusal:
        """With a note that says who may instead of this `person`, or who was quicker."""
        match refusal:
            case NotAReviewer() | OwnChange():
                names = [other.name for other in self.who_may(signoff)]
                refusal.add_note(f"{one_of(names) or 'Nobody in the roster'} may sign it off.")
            case NotTheirs() | TheirOwnChange() | TheySaid() | Yourself():
                names = [other.name for other in self.who_is_left(signoff, person)]
                refusal.add_note(f"{one_of(names) or 'Nobody else'} can be asked.")
            case NotAllowedToOverride() | OwnOverride():
                names = [other.name for other in self._who_may_override(signoff, person)]
                refusal.add_note(f"{one_of(names) or 'Nobody else'} may.")
            case AlreadyClaimed() if signoff.claim:
                refusal.add_note(f"It is {self.roster.name(signoff.claim.person)}.")
            case NotClaimed() if signoff.claim:
                refusal.add_note(f"{self.roster.name(signoff.claim.person)} is.")
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

    def _who_may_override(self, signoff: Signoff, asker: str) -> list[Person]:
        """Who else may, and had no part in it; once it is overridden, who may review that."""
        without = {asker, *signoff.contributors.people}
        others = self.standings(id for id in self.roster.people if id not in without)
        if signoff.override:
            may = [it for it in others if may_review_override(signoff, it, self.overrides)]
        else:
            may = [it for it in others if may_override(it, self.overrides)]
        return [self.roster.people[it.person] for it in may]

    def who_is_left(self, signoff: Signoff, asker: str) -> tuple[Person, ...]:
        """Whom `asker` could have asked instead: all who may review it, and have not yet."""
        said = {asker, *(review.person for review in signoff.reviews)}
        return tuple(person for person in self.who_may(signoff) if person.id not in said)

    def _check_worth_saying(self, signoff: Signoff, person: str, verdict: Verdict) -> None:
        """The same again is news only where less is asked by now, so that it decides."""
        if verdict is Verdict.APPROVE and awaits_declaration(signoff):
            raise DeclarationMissing
        if verdict is Verdict.APPROVE and signoff.requirement.step_up:
            raise StepUpMissing  # whatever is pressed or sent in a chat proves nothing more
        now = self.standings(review.person for review in signoff.reviews)
        if signoff.settling or not tally(signoff, now).is_final:
            check_is_news(signoff, person, verdict)


def one_of(names: Sequence[str]) -> str:
    """ "Ada or Grace", and of many only the first; empty for none."""
    left = len(names) - NAMED_AT_MOST
    shown = [*names[:NAMED_AT_MOST], *([f"{left} more"] if left > 0 else [])]
    return " or ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
