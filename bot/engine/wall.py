"""Do all cards tell the truth? Hanging them up, correcting them, and asking again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.card import Card
from bot.domain.signoff import Signoff, Status
from bot.engine.board import Board
from bot.engine.rulebook import Rulebook
from bot.ports import CardRef, Chat, Surface, Undelivered, Unreachable
from storage import cards
from storage.cards import Hung
from storage.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    store: Store
    board: Board
    rulebook: Rulebook
    chat: Chat

    async def show(self, signoff: Signoff) -> None:
        """Make every card about it true; raises the first failure that is worth another try."""
        hung = await self.store.read(lambda session: cards.hung(session, signoff.id))
        card = self.board.card(signoff)
        surfaces = {**self._strays(hung), **self._surfaces(signoff, hung)}
        await _all(
            self._show_one(card, name, surface, hung.get(name))
            for name, surface in surfaces.items()
        )

    async def remind(self, signoff: Signoff, *, escalated: bool) -> None:
        """Ask again in each channel's thread, and each person who has not answered.

        Saying it twice is worse than one person not hearing it: only if nobody heard it, it is
        tried again.
        """
        if signoff.status.is_final:
            return
        hung = await self.store.read(lambda session: cards.hung(session, signoff.id))
        card = self.board.card(signoff)
        answered = {review.person for review in signoff.reviews}
        surfaces = (*self._channels(signoff), *self._people(signoff, without=answered))
        outcomes = await asyncio.gather(
            *(
                self.chat.remind(card, surface, _ref(hung.get(str(surface))), escalated=escalated)
                for surface in surfaces
            ),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures and len(failures) == len(outcomes) and all(map(_unheard, failures)):
            raise failures[0]

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
        return {str(surface): surface for surface in (*self._channels(signoff), *people)}

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
