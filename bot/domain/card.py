"""How does a signoff read to a person, in whatever chat or page they see it?

Words are either `Ours` or `Theirs`. A chat shows `Theirs` only where nothing in it can act: no
mention, no link, no markup; and nothing of theirs ever stands where only we speak.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import wording
from bot.domain.people import Roster
from bot.domain.signoff import Signoff, Status
from bot.domain.spans import Fact, Theirs, harmless

PATHS_SHOWN, PATHS_IN_DETAILS = 5, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`revision` and `policy_digest` are what a click on this card is about."""

    signoff_id: str
    revision: str
    policy_digest: str
    version: int
    status: Status
    headline: str
    title: Theirs
    facts: tuple[Fact, ...]
    rationale: Theirs | None
    approve_reason: bool
    checklist: tuple[str, ...]

    @property
    def approve_needs_form(self) -> bool:
        """Whether approving takes more than a click."""
        return self.approve_reason or bool(self.checklist)

    @property
    def open(self) -> bool:
        return not self.status.is_final


def card_of(signoff: Signoff, roster: Roster, *, detailed: bool = False) -> Card:
    """The card as it is true now; `detailed` says everything we know."""
    change, requirement = signoff.change, signoff.requirement
    paths_shown = PATHS_IN_DETAILS if detailed else PATHS_SHOWN
    facts = [
        Fact(label="Outcome", spans=wording.outcome(signoff, roster)),
        Fact(label="Who", spans=wording.who(signoff, roster)),
        Fact(label="Why you are asked", spans=wording.sentences(requirement.because)),
        Fact(label="AI", spans=wording.ai(signoff, detailed=detailed)),
        Fact(label="Changed", spans=wording.changed(signoff, paths_shown)),
        Fact(label="Checks", spans=wording.checks(signoff)),
        Fact(label="Needs", spans=wording.needs(signoff, roster)),
        Fact(label="Reviews", spans=wording.reviews(signoff, roster)),
        Fact(label="Expires", spans=wording.expires(signoff)),
        Fact(label="Where", spans=wording.where(signoff)),
        *(wording.details(signoff) if detailed else ()),
    ]
    said = change.ai.rationale if change.ai else ""
    return Card(
        signoff_id=signoff.id,
        revision=change.revision,
        policy_digest=requirement.policy_digest,
        version=signoff.version,
        status=signoff.status,
        headline=f"{wording.HEADLINES[signoff.status]}: {harmless(change.repository, 60)} → {harmless(change.environment, 30)}",
        title=Theirs(harmless(change.title, 200)),
        facts=tuple(fact for fact in facts if fact.spans),
        rationale=Theirs(harmless(said, 1500 if detailed else 400)) if said.strip() else None,
        approve_reason=requirement.approve_reason,
        checklist=requirement.checklist,
    )
