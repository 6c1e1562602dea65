"""Is somebody who signed in with us still a member of the chat, as whoever presses there has to be?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.domain.errors import ChatUnreachable, GuestMayNotReview
from bot.domain.people import Person, Roster
from bot.domain.proving import BY_KEY, BY_SIGN_IN

CheckMember = Callable[[str], Awaitable[None]]
"""Of an account of the chat. Raises GuestMayNotReview, or ChatUnreachable if nobody can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    roster: Roster
    check_member: CheckMember

    async def check_here(self, person: Person) -> None:
        """Whoever left the chat may do nothing; where the chat is down their sign-in is enough.

        Raises GuestMayNotReview.
        """
        if person.slack:
            try:
                await self.check_member(person.slack)
            except ChatUnreachable:
                return

    async def check_now(self, person: Person) -> None:
        """The same, of somebody who signed in some hours ago: where the chat is down that is too
        little, as a click there would be.

        Raises GuestMayNotReview or ChatUnreachable.
        """
        if person.slack:
            await self.check_member(person.slack)

    async def is_gone(self, id: str, proved: str) -> bool:
        """Of somebody who spoke before; where the chat is down, who did not sign in then."""
        person = self.roster.people.get(id)
        if person is None or not person.slack:
            return False  # the roster says of them what there is to say
        try:
            await self.check_member(person.slack)
        except GuestMayNotReview:
            return True
        except ChatUnreachable:
            return proved not in (BY_KEY, BY_SIGN_IN)
        return False

    async def absent(self, people: Iterable[str]) -> frozenset[str]:
        """Who of these left the chat, asked as for a click there. Raises ChatUnreachable."""
        ids = tuple(dict.fromkeys(people))
        gone = await asyncio.gather(*map(self._left, ids))
        return frozenset(id for id, left in zip(ids, gone, strict=True) if left)

    async def _left(self, id: str) -> bool:
        person = self.roster.people.get(id)
        try:
            if person:
                await self.check_now(person)
        except GuestMayNotReview:
            return True
        return False
