"""Which signoff is meant? By id, by its beginning, or by key; never by a guess."""

from __future__ import annotations

from collections.abc import Sequence
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
        """The signoff, or what to say where there is none or more than one."""
        name = name_in(words)
        if not name:
            return sentence(usage(verb, "Which sign-off? Say its ID or its key."))
        found = await self.named(name)
        if not found:
            return await self._unknown(name)
        by_id = [it for it in found if _is_id(name, it)]
        sure = by_id or [it for it in found if name == it.change.key] or list(found)
        if len({(it.change.connection, it.change.key) for it in sure}) == 1:
            return sure[0]
        lead = f"{len(sure)} sign-offs are called so"
        return listing(lead, lines_of(sure, self.desk.roster), sort=Sort.OWN)

    async def named(self, name: str) -> Sequence[Signoff]:
        """Those with this key, or whose id begins so, with its prefix or without; newest first."""
        folded = name.casefold()
        for asked in dict.fromkeys((name, folded, PREFIX + folded)):
            if found := await self.desk.board.named(asked):
                return found
        return ()

    async def near(self, name: str) -> list[str]:
        """Ids and keys that are written nearly so."""
        folded = name.casefold()[:100]
        known = await self.desk.board.names(LOOKED_AT)
        names = {id.casefold(): id for id, _ in known}
        names |= {id.removeprefix(PREFIX): id for id, _ in known}
        names |= {key.casefold()[:100]: key for _, key in known}
        close = get_close_matches(folded, names, n=3, cutoff=_CLOSE)
        return list(dict.fromkeys(names[it] for it in close))

    async def _unknown(self, name: str) -> Answer:
        near = await self.near(name)
        meant = f" Did you mean {' or '.join(harmless(it, 80) for it in near)}?" if near else ""
        shown = harmless(name, 100) or "that"
        return sentence(
            f"There is no sign-off called {shown}.{meant} /signoff status lists what waits."
        )


def _is_id(name: str, signoff: Signoff) -> bool:
    return signoff.id in (name, name.casefold(), PREFIX + name.casefold())
