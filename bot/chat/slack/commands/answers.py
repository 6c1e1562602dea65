"""What does `/signoff` tell? Reading only; what it changes is elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.chat.slack.blocks import MESSAGE_BUDGET, blocks_of
from bot.chat.slack.commands import figures, help, signals
from bot.chat.slack.commands.answer import (
    SHOWN,
    Answer,
    Sort,
    lines_of,
    listing,
    page,
    sentence,
    with_more,
)
from bot.chat.slack.commands.finding import Finder
from bot.chat.slack.commands.words import Wish, group_in, name_in, nearest_groups, nearest_word
from bot.chat.slack.desk import Desk
from bot.chat.slack.details.conversation import happened
from bot.chat.slack.details.explaining import choice, may_approve, policy
from bot.chat.slack.lists import item
from bot.chat.slack.people import Clicker
from bot.chat.slack.richtext import Block, rich_text, section, spoken, words
from bot.domain.people import Group, Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import harmless
from bot.domain.telling_trail import told
from bot.engine.attention import Attention
from bot.engine.board import LOOKED_AT
from bot.engine.figures import Figuring
from bot.engine.shares import by_urgency

CARD_BUDGET = MESSAGE_BUDGET - 500

NO_RULE = section(words("No rule of the policy is about this."))
NOTHING = section(words("Nothing is on record."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    desk: Desk
    figuring: Figuring

    @property
    def attention(self) -> Attention:
        return Attention(self.desk.board.store, self.desk.clock)

    @property
    def finder(self) -> Finder:
        return Finder(desk=self.desk)

    async def to(self, clicker: Clicker, wish: Wish) -> Answer:
        """Raises the Refusal of one who may not ask, or of whom Slack does not say who they are."""
        if wish.verb == "help":
            return _help(wish.rest)
        await self.desk.people.check_member(clicker)
        match wish.verb:
            case "mine":
                return await self._mine(clicker)
            case "status" if not wish.rest:
                return await self._pending()
            case "queue":
                return await self._queue(clicker, wish.rest)
            case "metrics":
                return await self._metrics(clicker, wish)
            case "status" | "explain" | "who" | "history":
                return await self._about(wish.verb, wish.rest, self._reader(clicker, wish))
            case _:
                return await self._unknown(wish, self._reader(clicker, wish))

    async def _mine(self, clicker: Clicker) -> Answer:
        person = await self.desk.person(clicker)
        mine = (await self.desk.board.share(person.id)).waiting
        if not mine:
            nothing = "Nothing waits for you. /signoff status shows what waits for others."
            return sentence(nothing, Sort.OWN)
        now, roster = self.desk.clock(), self.desk.roster
        card = partial(self.desk.board.card, reader=person.id)
        shown = [item(it, card(it), roster, now, person.id) for it in mine[:SHOWN]]
        blocks = [block for blocks in shown for block in blocks]
        answer = page(f"{len(mine)} waiting for you", *blocks, sort=Sort.OWN)
        left = len(mine) - SHOWN
        return with_more(answer, f"and {left} more") if left > 0 else answer

    async def _pending(self) -> Answer:
        pending = await self.desk.board.pending()
        if not pending:
            return await self._with_overrides(sentence("Nothing waits for a sign-off.", Sort.FACTS))
        count, _ = await self.desk.board.waiting()
        return await self._with_overrides(
            self._list(f"{count} waiting for a sign-off", pending, count)
        )

    async def _with_overrides(self, answer: Answer) -> Answer:
        """What was let go on in an emergency, and somebody has to say whether that was fine."""
        unreviewed = await self.desk.board.unreviewed()
        if not unreviewed:
            return answer
        named = ", ".join(it.id for it in unreviewed[:SHOWN])
        more = f" and {len(unreviewed) - SHOWN} more" if len(unreviewed) > SHOWN else ""
        how = "/signoff override review ID fine (or: wrong) and why"
        return with_more(answer, f"Overridden, and to be reviewed: {named}{more}. {how}")

    async def _queue(self, clicker: Clicker, name: str) -> Answer:
        if not name_in(name):
            return await self._own_queue(clicker)
        group = group_in(name, self.desk.roster)
        if group is None:
            return no_such_group(name, self.desk.roster)
        return await self._queue_of(frozenset({group.id}))

    async def _own_queue(self, clicker: Clicker) -> Answer:
        person = await self.desk.person(clicker)
        standing = self.desk.roster.standing(person.id)
        if standing is None or not standing.groups:
            groups = ", ".join(self.desk.roster.groups)
            return sentence(f"You are in no group. Say which one you mean: {harmless(groups, 500)}")
        return await self._queue_of(standing.groups)

    async def _queue_of(self, groups: frozenset[str]) -> Answer:
        named = harmless(" and ".join(sorted(groups)), 90)
        known = await self.desk.board.concerning(groups)
        found = [it for it in known if groups & concerned(it)]
        if not found:
            return sentence(f"Nothing waits for {named}.", Sort.FACTS)
        more = " or more" if len(known) == LOOKED_AT else ""
        return self._list(f"{len(found)}{more} waiting for {named}", found, len(found))

    async def _metrics(self, clicker: Clicker, wish: Wish) -> Answer:
        now, roster = self.desk.clock(), self.desk.roster
        asked = figures.asked(wish.rest, now)
        if isinstance(asked, str):
            return sentence(help.usage("metrics", asked))
        group = group_in(asked.group, roster) if asked.group else None
        if asked.group and group is None:
            if asked.group.casefold() in signals.ONESELF:
                return await self._about_oneself(clicker, asked.since)
            return no_such_group(asked.group, roster)
        counted = await self.figuring.since(asked.since, group.id if group else "")
        answer = figures.told(counted, group.id if group else "")
        return await self._with_signals(answer, group, self._reader(clicker, wish))

    async def _about_oneself(self, clicker: Clicker, since: datetime) -> Answer:
        person = await self.desk.person(clicker)
        return signals.to_oneself(await self.attention.of_oneself(person.id, since), since)

    async def _with_signals(self, answer: Answer, group: Group | None, reader: str) -> Answer:
        """How its members decided, if one of them asks, and nobody else reads the answer."""
        if group is None or reader not in group.members:
            return answer
        together = signals.of_group(await self.attention.of_group(group, reader), group.id)
        return replace(answer, blocks=[*answer.blocks, *together])

    def _reader(self, clicker: Clicker, wish: Wish) -> str:
        """Who alone will read the answer; what a whole channel reads is for nobody in particular."""
        person = None if wish.share else self.desk.roster.by_slack(clicker.user)
        return person.id if person else ""

    async def _about(self, verb: str, words: str, reader: str) -> Answer:
        found = await self.finder.one(verb, words)
        if isinstance(found, Answer):
            return found
        match verb:
            case "explain":
                return await self._explain(found)
            case "who":
                return await self._who(found)
            case "history":
                return await self._history(found)
            case _:
                self.desk.looked(found, reader)
                return self._status(found, reader)

    def _status(self, signoff: Signoff, reader: str) -> Answer:
        card = self.desk.board.card(signoff, detailed=True, reader=reader)
        blocks = blocks_of(card, budget=CARD_BUDGET)
        return Answer(sort=Sort.FACTS, lead=card.headline, blocks=blocks)

    async def _explain(self, signoff: Signoff) -> Answer:
        explained = await self.desk.board.explained(signoff)
        return page(
            f"Why {signoff.id} is asked for",
            self._line(signoff),
            rich_text("policy", *(policy(explained) or [NO_RULE])),
        )

    async def _who(self, signoff: Signoff) -> Answer:
        explained = await self.desk.board.explained(signoff)
        may = may_approve(self.desk.who_may(signoff))
        asked = choice(signoff, explained, self.desk.roster)
        return page(
            f"Who may approve {signoff.id}", self._line(signoff), rich_text("people", *may, *asked)
        )

    async def _history(self, signoff: Signoff) -> Answer:
        trail = await self.desk.board.trail(signoff.id)
        became = await self.desk.board.became(signoff.id)
        steps = happened([*(told(event, self.desk.roster) for event in trail), *became])
        lead = f"What happened to {signoff.id}"
        return page(lead, self._line(signoff), rich_text("trail", *(steps or [NOTHING])))

    async def _unknown(self, wish: Wish, reader: str) -> Answer:
        """An id or a key by itself is a question about its status; else, what was meant?"""
        name = name_in(wish.said)
        if name and await self.finder.named(name):
            return await self._about("status", wish.said, reader)
        near = nearest_word(wish.said)
        meant = f" Did you mean /signoff {near}?" if near else ""
        if not near and (ids := await self.finder.near(name)):
            meant = f" Did you mean /signoff status {harmless(ids[0], 80)}?"
        shown = harmless(name, 60) or "that"
        return sentence(f"I do not know “{shown}”.{meant} /signoff help lists what I can do.")

    def _list(self, lead: str, found: Sequence[Signoff], count: int) -> Answer:
        """`count`: how many there are, of which these are the first."""
        ordered = by_urgency(found, self.desk.clock())
        lines = lines_of(ordered[:SHOWN], self.desk.roster)
        return listing(lead, lines, count - SHOWN)

    def _line(self, signoff: Signoff) -> Block:
        (line,) = lines_of([signoff], self.desk.roster)
        return rich_text("about", section(*spoken(line)))


def concerned(signoff: Signoff) -> frozenset[str]:
    """The groups it hangs with, and those whose approval it waits for."""
    asks = frozenset[str]().union(*(ask.groups for ask in signoff.requirement.asks))
    return asks | frozenset(signoff.groups)


def no_such_group(name: str, roster: Roster) -> Answer:
    near = nearest_groups(name, roster)
    shown = harmless(name_in(name), 80) or "that"
    if near:
        return sentence(f"There is no group called {shown}. Did you mean {' or '.join(near)}?")
    known = harmless(", ".join(roster.groups), 500) or "none"
    return sentence(f"There is no group called {shown}. The groups are: {known}.")


def _help(rest: str) -> Answer:
    if not name_in(rest):
        return sentence(help.overview(), Sort.SAID)
    if said := help.about(rest):
        return sentence(said, Sort.SAID)
    near = help.nearest_topic(rest)
    meant = f" Did you mean /signoff help {near}?" if near else ""
    shown = harmless(name_in(rest), 60) or "that"
    return sentence(f"There is no help about “{shown}”.{meant}\n{help.overview()}")
