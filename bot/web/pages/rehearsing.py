"""What may somebody do about an override now? Nobody is to write, or touch their key, for nothing.

What counts is decided when it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import OverrideUnreviewed, Refusal
from bot.domain.lifecycle import advance
from bot.domain.override import NOBODY_MAY, OverrideReview
from bot.domain.override_attempt import Attempt
from bot.domain.overriding import check_may_review_override, takes_two
from bot.domain.proving import BY_KEY, Assertion, Shown
from bot.domain.signoff import Signoff
from bot.engine.board import Board
from bot.engine.rulebook import Rulebook

OVERRIDE, CONFIRM, REVIEW = "override", "confirm", "review"
DEEDS = (OVERRIDE, CONFIRM, REVIEW)

NOT_HERE = "Nobody may override here: countersign.yaml has no override."
OVER = "This is over: there is nothing to do here."

_SIGNED = Shown(
    how=BY_KEY,
    assertion=Assertion(
        credential="",
        public_key="",
        statement="",
        client_data="",
        authenticator_data="",
        signature="",
    ),
)
"""As if they had signed it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What they may do, empty with what they are `told` instead; and which one of the month it
    would be. `two`: it waits for a second person. `late` was to be reviewed first.
    """

    do: str = ""
    told: str = ""
    nth: int = 0
    two: bool = False
    late: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What they say of it; for a rehearsal before they have said anything, something."""

    incident: str = "INC-1"
    reason: str = "an emergency"
    fine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    board: Board
    rulebook: Rulebook

    async def chance(self, signoff: Signoff, person: str) -> Chance:
        if self.rulebook.overrides == NOBODY_MAY and signoff.override is None:
            return Chance(told=NOT_HERE)
        do = self._fitting(signoff, person)
        if not do:
            return Chance(told=OVER)
        nth = await self._nth()
        try:
            await self.check(do, signoff, person, Words())
        except OverrideUnreviewed as refusal:
            return Chance(told=refusal.sentence, nth=nth, late=await self._late())
        except Refusal as refusal:
            return Chance(told=refusal.sentence, nth=nth)
        return Chance(do=do, nth=nth, two=takes_two(self.rulebook.overrides, nth, signoff))

    async def check(self, do: str, signoff: Signoff, person: str, words: Words) -> None:
        """Raises the Refusal, explained, that says why not."""
        try:
            if do == REVIEW:
                self._check_review(signoff, person, words)
            else:
                await self._check_override(do, signoff, person, words)
        except Refusal as refusal:
            raise self.rulebook.explain(refusal, signoff, person) from None

    def _fitting(self, signoff: Signoff, person: str) -> str:
        it, asked = signoff.override, signoff.override_asked
        if it:
            return "" if it.reviewed else REVIEW
        if signoff.status.is_final:
            return ""
        live = asked is not None and asked.until > self.board.clock()
        return CONFIRM if live and asked and asked.by != person else OVERRIDE

    def _check_review(self, signoff: Signoff, person: str, words: Words) -> None:
        now, standing = self.board.clock(), self.rulebook.roster.standing(person)
        review = OverrideReview(by=person, fine=words.fine, note=words.reason, at=now)
        check_may_review_override(signoff, review, standing, self.rulebook.overrides)

    async def _check_override(self, do: str, signoff: Signoff, person: str, words: Words) -> None:
        attempt = Attempt(
            person=person,
            at=self.board.clock(),
            nth=await self._nth(),
            late=await self._late(),
            rules=self.rulebook.overrides,
            show=lambda: _SIGNED,
            standings=self.rulebook.standings,
        )
        if do == CONFIRM:
            advance(signoff, attempt.confirm(signoff))
        else:
            advance(signoff, attempt.ask(signoff, words.incident, words.reason))

    async def _nth(self) -> int:
        return (await self.board.overrides()).this_month + 1

    async def _late(self) -> str:
        """What should have been reviewed by now."""
        now, waiting = self.board.clock(), await self.board.unreviewed()
        return next((it.id for it in waiting if it.override and it.override.is_late(now)), "")
