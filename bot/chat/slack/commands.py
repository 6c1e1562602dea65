"""What does `/signoff` answer? Always in private, and never with an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.chat.slack.blocks import MESSAGE_BUDGET, blocks_of, context, fallback, header
from bot.chat.slack.desk import Desk
from bot.chat.slack.lists import decided, item, listed, waiting
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import Block, escape, plain, size
from bot.domain.errors import Refusal
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless

COMMAND = "/signoff"
SHOWN = 10

HELP = """\
/signoff: what waits for your signature
/signoff mine: the same
/signoff status: everything that waits, the oldest first
/signoff status ID or key: one signoff, with all we know about it
/signoff help: this"""

WORDS = {
    "": "mine",
    "mine": "mine",
    "me": "mine",
    "status": "status",
    "team": "status",
    "all": "status",
    "help": "help",
    "?": "help",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said in private; `text` is for notifications and screen readers."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Commands:
    desk: Desk

    async def signoff(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        clicker = Clicker(user=str(command.get("user_id")), team=str(command.get("team_id") or ""))
        try:
            answer = await self._answer(clicker, str(command.get("text") or ""))
        except Refusal as refusal:
            answer = _sentence(refusal.sentence)
        await ack(response_type="ephemeral", text=answer.text, blocks=answer.blocks)

    async def _answer(self, clicker: Clicker, text: str) -> Answer:
        first, _, rest = text.strip().partition(" ")
        match WORDS.get(first.casefold()):
            case "mine":
                return await self._mine(clicker)
            case "status" if rest.strip():
                return await self._one(clicker, rest.strip())
            case "status":
                return await self._pending(clicker)
            case "help":
                return _sentence(HELP)
            case _:
                return await self._unknown(clicker, text.strip())

    async def _mine(self, clicker: Clicker) -> Answer:
        person = await self.desk.person(clicker)
        mine = await self.desk.board.waiting_for(person.id)
        if not mine:
            return _sentence("Nothing waits for you. /signoff status shows what waits for others.")
        now, roster = self.desk.clock(), self.desk.roster
        shown = [item(s, self.desk.board.card(s), roster, now) for s in mine[:SHOWN]]
        lead = f"{len(mine)} waiting for you"
        return _page(lead, [block for blocks in shown for block in blocks], len(mine) - SHOWN)

    async def _pending(self, clicker: Clicker) -> Answer:
        await self.desk.people.check_member(clicker)
        pending = await self.desk.board.pending()
        if not pending:
            return _sentence("Nothing waits for a sign-off.")
        now, roster = self.desk.clock(), self.desk.roster
        lines = [waiting(signoff, roster, now) for signoff in pending[:SHOWN]]
        lead = f"{len(pending)} waiting for a sign-off"
        return _page(lead, [listed("pending", lines)], len(pending) - SHOWN)

    async def _one(self, clicker: Clicker, name: str) -> Answer:
        await self.desk.people.check_member(clicker)
        found = await self.desk.board.named(name)
        exact = [signoff for signoff in found if name in (signoff.id, signoff.change.key)]
        if not found:
            shown = harmless(name, 100)
            return _sentence(f"There is no signoff called {shown}. /signoff status lists them.")
        if len(found) == 1 or len(exact) == 1:
            return self._card((exact or list(found))[0])
        lines = [decided(signoff) for signoff in found]
        return _page(f"{len(found)} signoffs are called so", [listed("found", lines)], 0)

    async def _unknown(self, clicker: Clicker, text: str) -> Answer:
        """An id or a key by itself is a question about its status; else, what was meant?"""
        if await self._is_known(clicker, text):
            return await self._one(clicker, text)
        near = get_close_matches(text.casefold(), [word for word in WORDS if word], n=1)
        meant = f" Did you mean /signoff {near[0]}?" if near else ""
        return _sentence(f"I do not know “{harmless(text, 60)}”.{meant}\n{HELP}")

    async def _is_known(self, clicker: Clicker, name: str) -> bool:
        await self.desk.people.check_member(clicker)
        return bool(await self.desk.board.named(name))

    def _card(self, signoff: Signoff) -> Answer:
        card = self.desk.board.card(signoff, detailed=True)
        return Answer(text=fallback(card), blocks=blocks_of(card))


def _page(lead: str, blocks: Sequence[Block], more: int) -> Answer:
    left = [context(f"and {more} more", "more")] if more > 0 else []
    page = [header(lead, "lead"), *blocks, *left]
    while size(page) > MESSAGE_BUDGET and len(page) > 3:
        page = [*page[:-3], context("and more than fits here", "more")]
    return Answer(text=escape(lead), blocks=page)


def _sentence(text: str) -> Answer:
    block: Block = {"type": "section", "block_id": "said", "text": plain(text[:2900])}
    return Answer(text=escape(text[:2900]), blocks=[block])
