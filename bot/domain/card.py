"""How does a signoff read to a person, in whatever chat or page they see it?

Words are either `Ours` or `Theirs`. A chat shows `Theirs` only where nothing in it can act: no
mention, no link, no markup; and nothing of theirs ever stands where only we speak.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import wording
from bot.domain.people import Roster
from bot.domain.provenance import AiStatus
from bot.domain.signoff import Signoff, Status, wants_declaration
from bot.domain.spans import Fact, Theirs, harmless

PATHS_SHOWN, PATHS_IN_DETAILS = 5, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether AI helped, asked of those who made a change: `people` are their ids in the chat.

    `because` says why they are asked, and `answer` what came of it; empty while it is open.
    """

    signoff_id: str
    revision: str
    policy_digest: str
    version: int
    people: tuple[str, ...]
    about: str
    because: str
    answer: str = ""


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


def card_of(signoff: Signoff, roster: Roster, *, detailed: bool = False, reader: str = "") -> Card:
    """The card as it is true now; `detailed` says everything we know, `reader` why it is they."""
    change, requirement = signoff.change, signoff.requirement
    paths_shown = PATHS_IN_DETAILS if detailed else PATHS_SHOWN
    facts = [
        Fact(label="Outcome", spans=wording.outcome(signoff, roster)),
        Fact(label="Who", spans=wording.who(signoff, roster)),
        Fact(label="Why", spans=wording.sentences(requirement.because)),
        Fact(label="Why you", spans=wording.why_you(signoff, reader)),
        Fact(label="Since then", spans=wording.since(signoff)),
        Fact(label="AI", spans=wording.ai(signoff, detailed=detailed)),
        Fact(label="Risk", spans=wording.risk(signoff, detailed=detailed)),
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


def question_of(signoff: Signoff, roster: Roster) -> Question:
    """Asked of the author; of everybody we know who had a part, where the author is not known."""
    change = signoff.change
    author = roster.identify(change.author)
    ids = [author.id] if author and author.slack else sorted(signoff.contributors.people)
    known = (roster.people[id] for id in ids if id in roster.people)
    return Question(
        signoff_id=signoff.id,
        revision=change.revision,
        policy_digest=signoff.requirement.policy_digest,
        version=signoff.version,
        people=tuple(person.slack for person in known if person.slack),
        about=f"{harmless(change.repository, 60)} → {harmless(change.environment, 30)}",
        because=_BECAUSE[signoff.provenance.status is AiStatus.CONTRADICTED],
        answer=_answer(signoff, roster),
    )


_BECAUSE = {
    False: "Nobody has said so yet.",
    True: "Somebody said that it did not, and the evidence says that it did.",
}


def _answer(signoff: Signoff, roster: Roster) -> str:
    own = [said for said in signoff.statements if said.revision == signoff.change.revision]
    if own:
        verb = "says that AI helped" if own[-1].assisted else "says that AI did not help"
        return f"{roster.name(own[-1].person)} {verb}."
    if signoff.status.is_final:
        return "This is decided, so it need not be answered any more."
    return "" if wants_declaration(signoff) else "This was answered elsewhere meanwhile."
