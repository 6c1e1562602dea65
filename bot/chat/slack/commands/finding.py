"""Which signoff is meant? By id, by its beginning, or by key; never by a guess, and where something is
let go on, never by key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.chat.slack.commands.answer import Answer, Sort, lines_of, listing, sentence
from bot.chat.slack.commands.help import usage
from bot.chat.slack.commands.words import name_in
from bot.chat.slack.desk import Desk
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless

PREFIX = "sgn_"
LOOKED_AT = 400
"""Signoffs among which a mistyped name is looked for: the newest, and those that wait longest."""

_CLOSE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    desk: Desk

    async def one(self, verb: str, words: str) -> Signoff | Answer:
        """The signoff, or what to say where there is none or more than one. A whole id is that one."""
        name = name_in(words)
        if not name:
            return sentence(usage(verb, "Which sign-off? Say its ID or its key."))
        if whole := _whole(name, await self._with_id(name)):
            return whole
        found = await self.named(name)
        if not found:
            return await self._unknown(name)
        same = len({(it.change.connection, it.change.key) for it in found}) == 1
        return found[0] if same else self._which(found)

    async def by_id(self, verb: str, words: str) -> Signoff | Answer:
        """The same for what lets a change go on: by its id, or a beginning that no other has.

        Whoever may tell us of a change chooses its key, so no key steers such a deed.
        """
        name = name_in(words)
        if not name:
            return sentence(usage(verb, "Which sign-off? Say its ID."))
        found = await self._with_id(name)
        if whole := _whole(name, found):
            return whole
        if not found:
            return self._no_such_id(name)
        return found[0] if len(found) == 1 else self._which(found)

    async def named(self, name: str) -> Sequence[Signoff]:
        """Those with this key, or whose id begins so, with its prefix or without."""
        return await self._all(self.desk.board.named, name)

    async def _with_id(self, name: str) -> Sequence[Signoff]:
        return await self._all(self.desk.board.with_id, name)

    async def _all(
        self, look: Callable[[str], Awaitable[Sequence[Signoff]]], name: str
    ) -> Sequence[Signoff]:
        """Whichever way it is spelled: what one spelling finds hides nothing that another does."""
        folded = name.casefold()
        spelled = dict.fromkeys((name, folded, PREFIX + folded))
        return list({it.id: it for spelling in spelled for it in await look(spelling)}.values())

    async def near(self, name: str) -> list[str]:
        """Ids and keys that are written nearly so."""
        folded = name.casefold()[:100]
        known = await self.desk.board.names(LOOKED_AT)
        names = {id.casefold(): id for id, _ in known}
        names |= {id.removeprefix(PREFIX): id for id, _ in known}
        names |= {key.casefold()[:100]: key for _, key in known}
        close = get_close_matches(folded, names, n=3, cutoff=_CLOSE)
        return list(dict.fromkeys(names[it] for it in close))

    def _which(self, found: Sequence[Signoff]) -> Answer:
        lead = f"{len(found)} sign-offs are called so"
        return listing(lead, lines_of(found, self.desk.roster), sort=Sort.OWN)

    def _no_such_id(self, name: str) -> Answer:
        shown = harmless(name, 100) or "that"
        how = "Say its ID: it stands on the card, and in /signoff status. A key is not enough here."
        return sentence(f"There is no sign-off with the ID {shown}. {how}")

    async def _unknown(self, name: str) -> Answer:
        near = await self.near(name)
        meant = f" Did you mean {' or '.join(harmless(it, 80) for it in near)}?" if near else ""
        shown = harmless(name, 100) or "that"
        return sentence(
            f"There is no sign-off called {shown}.{meant} /signoff status lists what waits."
        )


def _whole(name: str, found: Sequence[Signoff]) -> Signoff | None:
    """The one whose id this is."""
    ids = (name, name.casefold(), PREFIX + name.casefold())
    return next((it for it in found if it.id in ids), None)
