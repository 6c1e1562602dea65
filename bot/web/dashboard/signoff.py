"""What is one sign-off about, how does it stand, and what may whoever reads do about it?

First what is asked, how risky it is and the buttons; then what was found, and last, marked as such,
what its author and their AI tool say of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.domain.card import Card
from bot.domain.errors import Refusal
from bot.domain.explanation import Answer, RuleAnswer, lines
from bot.domain.offers import Deed, on_page
from bot.domain.overriding import may_override, may_review_override
from bot.domain.people import Person
from bot.domain.record import verify_command
from bot.domain.risk.reasons import Reason
from bot.domain.signoff import Inquiry, Signoff, wants_declaration
from bot.domain.spans import Fact, Span, Theirs, harmless
from bot.domain.telling_trail import told
from bot.domain.wording import ai
from bot.engine.board import Explained
from bot.engine.browsing import Browsing
from bot.engine.glancing import Glancing
from bot.web.dashboard.given import Given
from bot.web.dashboard.passing_on import whom_to_ask
from bot.web.dashboard.pressed import LONGEST
from bot.web.dashboard.rows import row_of
from bot.web.dashboard.seat import Routes, Seat, get

NOW, STANDS = ("Outcome", "Override", "Pipeline"), ("Now", "Why you", "Needs", "Reviews")
CHANGES = ("Who", "Since then", "Changed", "Checks", "Policy")
NAMES = ("Revision", "Artifact", "Key", "Rules met", "Opened")
"""Which facts of the card stand where."""

PARTS = {"now": "signoff_now", "stands": "signoff_stands"}

TRAIL_SHOWN, ENTRIES_AT_MOST, PATHS_AT_MOST, SENTENCE_AT_MOST = 40, 200, 300, 500
CRUMB = "Sec-Fetch-Mode", "Sec-Fetch-Dest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule of the policy with its answers: how deep each stands, and whether it holds."""

    name: str
    asks: str
    met: bool
    answers: tuple[tuple[int, bool, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignoffPage:
    given: Given

    async def page(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET /signoffs/{id}; with `?part=now` or `?part=stands` what of it changes by itself."""
        signoff = await self.given.board.signoff(request.match_info["id"])
        if signoff is None:
            return self.given.frame.notice(
                seat, 404, "Nothing is here", "There is no such sign-off."
            )
        card = self.given.board.card(signoff, detailed=True, reader=seat.person.id)
        part = request.query.get("part")
        if part in PARTS:
            seen = request.query.get("seen", "")
            return self.given.frame.part(PARTS[part], seat, **self._now(signoff, card, seen))
        if request.method == "GET" and was_gone_to(request):
            await Glancing(self.given.board.store).looked(signoff, seat.person.id)
        return self.given.frame.show(
            "signoff",
            seat,
            here="/queue",
            live=True,
            **self._now(signoff, card, str(signoff.version)),
            **self._deciding(signoff, card, seat.person),
            **await self._known(signoff, card),
        )

    def _now(self, signoff: Signoff, card: Card, seen: str) -> dict[str, Any]:
        """`seen` is the version that the page was made of, when it was opened."""
        now, roster = self.given.clock(), self.given.rulebook.roster
        return {
            "card": card,
            "row": row_of(signoff, roster, now),
            "answer": ai(signoff, 0),
            "reasons": signoff.risk.reasons if signoff.risk else (),
            "facts": _facts(card, NOW),
            "stands": _facts(card, STANDS),
            "seen": seen if seen.isdigit() else "",
            "changed": seen.isdigit() and seen != str(signoff.version),
        }

    def _deciding(self, signoff: Signoff, card: Card, person: Person) -> dict[str, Any]:
        """What this person may do, or why they may not."""
        known = self.given.rulebook
        change, digest = signoff.change, signoff.requirement.policy_digest
        refusal = known.refusal(signoff, person.id, change.revision, digest)
        offered = on_page(signoff, card, person.id, may_decide=refusal is None)
        return {
            "offers": offered,
            "deeds": Deed,
            "refusal": _why_not(refusal, signoff),
            "once": secrets.token_urlsafe(24),
            "longest": LONGEST,
            "others": whom_to_ask(known, signoff, person),
            "questions": _unanswered(signoff, person),
            "declares": _may_declare(signoff, person),
            "overriding": self._overriding(signoff, person),
        }

    def _overriding(self, signoff: Signoff, person: Person) -> str:
        """To which of the pages of an emergency this one leads: "ask", "review", or to none."""
        known = self.given.rulebook
        standing = known.roster.standing(person.id)
        if standing is None or not self.given.steps_up:
            return ""
        if signoff.override and signoff.override.reviewed is None:
            return "review" if may_review_override(signoff, standing, known.overrides) else ""
        waits = not signoff.status.is_final
        return "ask" if waits and may_override(standing, known.overrides) else ""

    async def _known(self, signoff: Signoff, card: Card) -> dict[str, Any]:
        """What does not change while somebody reads it."""
        board, known = self.given.board, self.given.rulebook
        explained = await board.explained(signoff)
        trail = [told(event, known.roster) for event in await board.trail(signoff.id)]
        trail += await board.became(signoff.id)
        change = signoff.change
        rationale = change.ai.rationale if change.ai else ""
        return {
            "changes": _facts(card, CHANGES),
            "evidence": _facts(card, ("AI",)),
            "names": _facts(card, NAMES),
            "checks": _to_check(signoff),
            "rules": _rules(explained),
            "judged_now": explained.current,
            "who_may": harmless(", ".join(p.name for p in known.who_may(signoff)), 1500),
            "trail": trail[-TRAIL_SHOWN:],
            "left_out": max(len(trail) - TRAIL_SHOWN, 0),
            "description": _quoted(change.description),
            "rationale": _quoted(rationale),
            **await self._proof(signoff),
        }

    async def _proof(self, signoff: Signoff) -> dict[str, Any]:
        """Where it stands in the trail, and how anybody checks it without us."""
        browsing = Browsing(self.given.board.store)
        entries = await browsing.entries_before(None, ENTRIES_AT_MOST, signoff.id)
        final = signoff.status.is_final and not signoff.requirement.shadow
        url = f"{self.given.public_url}/api/v1/signoffs/{signoff.id}/attestation"
        command = verify_command(signoff) or ""
        return {
            "first_entry": entries[-1].seq if entries else 0,
            "last_entry": entries[0].seq if entries else 0,
            "leaf": entries[0].leaf if entries else "",
            "attestation_url": url if final else "",
            "verify": command if command.isprintable() else "",
        }


def routes(given: Given) -> Routes:
    return (get("/signoffs/{id}", SignoffPage(given=given).page),)


def was_gone_to(request: web.Request) -> bool:
    """Whether somebody opened it as a page of its own: what another page embeds or fetches, nobody
    has before them.
    """
    said = [request.headers.get(name, "") for name in CRUMB]
    return said == ["navigate", "document"]


def _facts(card: Card, labels: Sequence[str]) -> list[Fact]:
    facts: Mapping[str, Fact] = {fact.label: fact for fact in card.facts}
    return [facts[label] for label in labels if label in facts]


def _why_not(refusal: Refusal | None, signoff: Signoff) -> str:
    if refusal is None or signoff.status.is_final:
        return ""
    return refusal.sentence


def _unanswered(signoff: Signoff, person: Person) -> Sequence[Inquiry]:
    """What those who made it are asked, if this is one of them."""
    if signoff.status.is_final or person.id not in signoff.contributors.people:
        return ()
    return [asked for asked in signoff.inquiries if asked.answered_at is None]


def _may_declare(signoff: Signoff, person: Person) -> bool:
    theirs = person.id in signoff.contributors.people
    return theirs and not signoff.status.is_final and wants_declaration(signoff)


def _to_check(signoff: Signoff) -> list[tuple[Reason, Theirs | None]]:
    """What speaks for a risk, with what to look at, and the first paths it is about."""
    found = signoff.risk.reasons if signoff.risk else ()
    return [(it, _paths(it)) for it in found]


def _paths(reason: Reason) -> Theirs | None:
    return Theirs(harmless(", ".join(reason.paths), PATHS_AT_MOST)) if reason.paths else None


def _rules(explained: Explained) -> list[RuleLine]:
    """Those that apply come first."""
    return [_rule(it) for met in (True, False) for it in explained.answers if it.met is met]


def _rule(it: RuleAnswer) -> RuleLine:
    found = [*(line for part in it.answer.parts or (it.answer,) for line in lines(part))]
    shown = found if it.met else _first_unmet(it.answer)
    said = tuple((depth, met, harmless(text, SENTENCE_AT_MOST)) for depth, met, text in shown)
    return RuleLine(
        name=harmless(it.rule, 120), asks=harmless(it.asks, 300), met=it.met, answers=said
    )


def _first_unmet(answer: Answer) -> list[tuple[int, bool, str]]:
    """What keeps it from applying, as far down as there is a sentence."""
    below = next((part for part in answer.parts if not part.met), None)
    return _first_unmet(below) if below else [(0, False, answer.sentence)]


def _quoted(text: str) -> tuple[Span, ...]:
    said = harmless(text, 2500)
    return (Theirs(said),) if said else ()
