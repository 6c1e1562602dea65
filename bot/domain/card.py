"""How does a signoff read to a person, in whatever chat or page they see it?

Words are either `Ours` or `Theirs`. A chat shows `Theirs` only where nothing in it can act: no
mention, no link, no markup; and nothing of theirs ever stands where only we speak.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import outcome, progress, wording
from bot.domain.emergency import override_fact
from bot.domain.people import Roster
from bot.domain.provenance import because
from bot.domain.signoff import Signoff, Status
from bot.domain.spans import Fact, Span, Theirs, harmless

ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How many of each are said."""

    evidence: int
    reasons: int
    paths: int
    rationale: int
    risky_paths: bool = False


WAITING = Length(evidence=2, reasons=3, paths=3, rationale=240)
OVER = Length(evidence=0, reasons=1, paths=0, rationale=0)
"""Nobody has to judge it any more: who did, and what came of it, is enough."""
DETAILED = Length(evidence=ALL, reasons=ALL, paths=40, rationale=1500, risky_paths=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`revision` and `policy_digest` are what a click on this card is about.

    `settling`: enough people approved, and it may still be taken back. `renewable`: it can be
    asked for again. What depends on who reads is as it is for everybody where that is not known:
    `claimed_by_reader`: they are on it. `reviewed`: they may take a review back, or somebody may.
    `had_part`: it is their change, or may be. `decide_at` is where it is approved, if not here.
    """

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
    settling: bool = False
    renewable: bool = False
    claimed_by_reader: bool = False
    reviewed: bool = False
    had_part: bool = True
    decide_at: str = ""

    @property
    def approve_needs_form(self) -> bool:
        """Whether approving takes more than a click."""
        return self.approve_reason or bool(self.checklist)

    @property
    def open(self) -> bool:
        return not self.status.is_final


def card_of(
    signoff: Signoff,
    roster: Roster,
    *,
    detailed: bool = False,
    reader: str = "",
    public_url: str = "",
) -> Card:
    """The card as it is true now; `detailed` says everything we know, `reader` why it is they.

    `public_url` is where our own pages are, for those who have to step up.
    """
    change, requirement = signoff.change, signoff.requirement
    final = signoff.status.is_final
    length = DETAILED if detailed else OVER if final else WAITING
    said = change.ai.rationale if change.ai and length.rationale else ""
    facts = _facts(signoff, roster, length, reader)
    more = wording.details(signoff) if detailed else ()
    return Card(
        signoff_id=signoff.id,
        revision=change.revision,
        policy_digest=requirement.policy_digest,
        version=signoff.version,
        status=signoff.status,
        headline=f"{wording.headline(signoff)}: {wording.place_of(signoff)}",
        title=Theirs(harmless(change.title, 200)),
        facts=tuple(fact for fact in (*facts, *more) if fact.spans),
        rationale=Theirs(harmless(said, length.rationale)) if said.strip() else None,
        approve_reason=requirement.approve_reason,
        checklist=requirement.checklist,
        settling=signoff.settling is not None,
        renewable=signoff.is_over and not signoff.renewed_as,
        claimed_by_reader=not final and _is_on_it(signoff, reader),
        reviewed=not final and _reviewed(signoff, reader),
        had_part=not reader or reader in signoff.contributors.people,
        decide_at=f"{public_url}/decide/{signoff.id}" if public_url and requirement.step_up else "",
    )


def _is_on_it(signoff: Signoff, reader: str) -> bool:
    return bool(reader) and signoff.claim is not None and signoff.claim.person == reader


def _reviewed(signoff: Signoff, reader: str) -> bool:
    return any(reader in ("", review.person) for review in signoff.reviews)


def _facts(signoff: Signoff, roster: Roster, length: Length, reader: str) -> tuple[Fact, ...]:
    """In the order in which a decision needs them; the first few are read on a phone."""
    risk = wording.risk(signoff, length.reasons, paths=length.risky_paths)
    return (
        Fact(label="Outcome", spans=outcome.outcome(signoff, roster)),
        Fact(label="Override", spans=override_fact(signoff, roster)),
        Fact(label="Pipeline", spans=outcome.pipeline(signoff)),
        Fact(label="Now", spans=outcome.renewed(signoff) or progress.under_way(signoff, roster)),
        Fact(label="Who", spans=wording.who(signoff, roster)),
        Fact(label="AI", spans=wording.ai(signoff, length.evidence)),
        Fact(label="Why you", spans=progress.why_you(signoff, reader, roster)),
        Fact(label="Risk", spans=risk),
        Fact(label="Expires", spans=wording.expires(signoff)),
        Fact(label="Policy", spans=_policy(signoff)),
        Fact(label="Needs", spans=progress.needs(signoff, roster)),
        Fact(label="Reviews", spans=progress.reviews(signoff, roster)),
        Fact(label="Since then", spans=progress.since(signoff)),
        Fact(label="Changed", spans=wording.changed(signoff, length.paths)),
        Fact(label="Checks", spans=wording.checks(signoff)),
        Fact(label="Revision", spans=wording.revision(signoff)),
    )


def _policy(signoff: Signoff) -> tuple[Span, ...]:
    """Why it is asked for. The evidence in brackets stands in the line about AI already."""
    about_ai = because(signoff.provenance)
    return wording.sentences(
        tuple(
            said.partition(" (")[0] if said == about_ai and said.endswith(")") else said
            for said in signoff.requirement.because
        )
    )
