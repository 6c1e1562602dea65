"""Do all cards tell the truth? Hanging them up, correcting them, and asking again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.card import Card, Question, question_of
from bot.domain.signoff import Signoff, Status
from bot.engine.board import Board
from bot.engine.rulebook import Rulebook
from bot.ports import CardRef, Chat, Surface, Undelivered, Unreachable
from storage import cards
from storage.cards import Hung
from storage.store import Store

log = logging.getLogger(__name__)

QUESTION = "question "
"""Surfaces of the question to the author, which hangs beside the cards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    store: Store
    board: Board
    rulebook: Rulebook
    chat: Chat

    async def show(self, signoff: Signoff) -> None:
        """Make every card about it true; raises the first failure that is worth another try."""
        hung = await self.store.read(lambda session: cards.hung(session, signoff.id))
        surfaces = {**self._strays(hung), **self._surfaces(signoff, hung)}
        cards_shown = (
            self._show_one(self._card_for(signoff, surface), name, surface, hung.get(name))
            for name, surface in surfaces.items()
        )
        question = question_of(signoff, self.rulebook.roster)
        asked = [name for name in hung if name.startswith(QUESTION)] if question.answer else []
        answers = (self._ask_at(question, _surface(name), hung) for name in asked)
        await _all((*cards_shown, *answers))

    async def ask_author(self, signoff: Signoff) -> None:
        """Ask in each channel's thread, and whoever made the change by themselves."""
        question = question_of(signoff, self.rulebook.roster)
        if question.answer or not question.people:
            return
        hung = await self.store.read(lambda session: cards.hung(session, signoff.id))
        people = [Surface(user=user) for user in question.people]
        surfaces = (*self._channels(signoff), *people)
        await _all(self._ask_at(question, surface, hung) for surface in surfaces)

    async def remind(self, signoff: Signoff, *, escalated: bool) -> None:
        """Ask again in each channel's thread, and each person who has not answered.

        Saying it twice is worse than one person not hearing it: only if nobody heard it, it is
        tried again.
        """
        if signoff.status.is_final:
            return
        hung = await self.store.read(lambda session: cards.hung(session, signoff.id))
        answered = {review.person for review in signoff.reviews}
        surfaces = (*self._channels(signoff), *self._people(signoff, without=answered))
        outcomes = await asyncio.gather(
            *(
                self.chat.remind(
                    self._card_for(signoff, surface),
                    surface,
                    _ref(hung.get(str(surface))),
                    escalated=escalated,
                )
                for surface in surfaces
            ),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures and len(failures) == len(outcomes) and all(map(_unheard, failures)):
            raise failures[0]

    async def _ask_at(self, question: Question, surface: Surface, hung: Mapping[str, Hung]) -> None:
        name = f"{QUESTION}{surface}"
        posted, card = hung.get(name), hung.get(str(surface))
        if posted and posted.shown >= question.version:
            return
        try:
            ref = await self.chat.ask_author(question, surface, _ref(card), _ref(posted))
        except Undelivered as problem:
            if not problem.final:
                raise
            log.warning("no question for %s at %s: %s", question.signoff_id, surface, problem)
            ref = posted.ref if posted else CardRef("", "")
        await self.store.write(
            lambda session: cards.keep(session, question.signoff_id, name, ref, question.version)
        )

    def _card_for(self, signoff: Signoff, surface: Surface) -> Card:
        """In a conversation of two, the reader is told why they."""
        reader = self.rulebook.roster.by_slack(surface.user) if surface.user else None
        return self.board.card(signoff, reader=reader.id if reader else "")

    async def _show_one(self, card: Card, name: str, surface: Surface, hung: Hung | None) -> None:
        if hung and hung.shown >= card.version:
            return
        try:
            ref = await self.chat.show(card, surface, _ref(hung))
        except Undelivered as problem:
            if not problem.final:
                raise
            log.warning("no card for %s on %s: %s", card.signoff_id, name, problem)
            ref = hung.ref if hung else CardRef("", "")
        await self.store.write(
            lambda session: cards.keep(session, card.signoff_id, name, ref, card.version)
        )

    def _surfaces(self, signoff: Signoff, hung: Mapping[str, Hung]) -> dict[str, Surface]:
        """Channels always; direct messages are only begun while there is something to decide."""
        if signoff.status is Status.NOT_REQUIRED:
            return {}
        everybody = self._people(signoff, without=set())
        people = [p for p in everybody if not signoff.status.is_final or str(p) in hung]
        no_more = [Surface(user=name[1:]) for name in hung if name.startswith("@")]
        surfaces = (*self._channels(signoff), *people, *no_more)
        return {str(surface): surface for surface in surfaces}

    def _strays(self, hung: Mapping[str, Hung]) -> dict[str, Surface]:
        strays = {name: one for name, one in hung.items() if name.startswith(cards.STRAY)}
        return {name: Surface(channel=stray.ref.channel) for name, stray in strays.items()}

    def _channels(self, signoff: Signoff) -> list[Surface]:
        groups = self.rulebook.roster.groups
        own = [groups[name].channel for name in signoff.groups if name in groups]
        channels = [channel for channel in own if channel]
        fallback = [group.channel for group in groups.values() if group.channel][:1]
        return [Surface(channel=channel) for channel in dict.fromkeys(channels or fallback)]

    def _people(self, signoff: Signoff, without: set[str]) -> list[Surface]:
        people = self.rulebook.roster.people
        asked = [people[p] for p in signoff.asked if p in people and p not in without]
        return [Surface(user=person.slack) for person in asked if person.slack]


def _surface(name: str) -> Surface:
    place = name.removeprefix(QUESTION)
    return Surface(user=place[1:]) if place.startswith("@") else Surface(channel=place)


def _ref(hung: Hung | None) -> CardRef | None:
    return hung.ref if hung and hung.ref.message else None


def _unheard(failure: BaseException) -> bool:
    """Whether it is certain that nothing was said, and trying again may help."""
    if isinstance(failure, Undelivered):
        return not failure.final
    return isinstance(failure, Unreachable) and not failure.sent


async def _all(attempts: Iterable[Awaitable[None]]) -> None:
    """Make all of them, then raise the first failure."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
