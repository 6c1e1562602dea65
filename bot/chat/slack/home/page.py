"""How does a person's own page look, part by part and leaf by leaf?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.chat.slack.blocks import context, header
from bot.chat.slack.home.away import away_buttons, away_said
from bot.chat.slack.home.looks import HEADERS, NOTHING, ON_A_LEAF, Look, Part, tabs, turning
from bot.chat.slack.home.settings import wishes_said
from bot.chat.slack.lists import button, ended, entry, item, row, standing
from bot.chat.slack.names import DETAILS, RENEW, SETTINGS, UNDO, WITHDRAW
from bot.chat.slack.richtext import Block, plain, rich_text, section, words
from bot.domain.card import Card
from bot.domain.people import Person, Roster
from bot.domain.signoff import Signoff
from bot.domain.spans import Span
from bot.engine.personal import Away, Preferences
from bot.engine.shares import Share

FOOTNOTE = "Only you see this page, and it is kept up to date. /signoff help says more."

TO_REVIEW = "Overridden: say whether that was fine, by /signoff override review ID"
SETTLING = "You approved these; each counts in a few seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything a page shows. `decided` is only there for its own part."""

    person: Person
    share: Share
    decided: Sequence[Signoff]
    asked_lately: int
    away: Away | None
    wishes: Preferences


Drawn = Callable[[Signoff], list[Block]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One signoff on the page, under which words it stands, and how it is drawn there."""

    under: str
    signoff: Signoff
    drawn: Drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`card` says which buttons a signoff has."""

    contents: Contents
    roster: Roster
    now: datetime
    card: Callable[[Signoff], Card]

    def blocks(self, look: Look) -> list[Block]:
        entries = self._entries(look.part)
        look = look.within(len(entries))
        shown = entries[look.first : look.first + ON_A_LEAF]
        return [
            tabs(look.part, self.contents.share),
            context(_load(self.contents), "load"),
            header(HEADERS[look.part], f"part:{look.part}"),
            *(_listed(shown) or [paragraph("nothing", NOTHING[look.part])]),
            *turning(look, len(entries)),
            {"type": "divider"},
            header("You", "you"),
            *self._you(),
            context(FOOTNOTE, "footnote"),
        ]

    def _entries(self, part: Part) -> list[Entry]:
        has = self.contents
        sections: dict[Part, tuple[tuple[str, Sequence[Signoff], Drawn], ...]] = {
            Part.WAITING: (
                (SETTLING, has.share.settling, self._settling),
                (TO_REVIEW, has.share.to_review, self._decided),
                ("You are asked", has.share.asked, self._waiting),
                ("You may sign these as well", has.share.others, self._waiting),
            ),
            Part.OWN: (
                ("Waiting", has.share.own, self._own),
                ("Expired: nobody decided in time", has.share.expired, self._expired),
            ),
            Part.GROUPS: (("", has.share.groups, self._open),),
            Part.DECIDED: (("", has.decided, self._decided),),
        }
        return [
            Entry(under, signoff, drawn)
            for under, signoffs, drawn in sections[part]
            for signoff in signoffs
        ]

    def _waiting(self, signoff: Signoff) -> list[Block]:
        me = self.contents.person.id
        return item(signoff, self.card(signoff), self.roster, self.now, me)

    def _settling(self, signoff: Signoff) -> list[Block]:
        undo = button(UNDO, "Undo", signoff)
        return self._with_buttons(signoff, undo, button(DETAILS, "Details", signoff))

    def _own(self, signoff: Signoff) -> list[Block]:
        withdraw = button(WITHDRAW, "Withdraw…", signoff)
        return self._with_buttons(signoff, button(DETAILS, "Details", signoff), withdraw)

    def _expired(self, signoff: Signoff) -> list[Block]:
        again = button(RENEW, "Ask again", signoff)
        return self._with_buttons(signoff, again, button(DETAILS, "Details", signoff))

    def _open(self, signoff: Signoff) -> list[Block]:
        return self._row(signoff, standing(signoff, self.roster, self.now, self.contents.person.id))

    def _decided(self, signoff: Signoff) -> list[Block]:
        return self._row(signoff, ended(signoff, self.contents.person.id))

    def _row(self, signoff: Signoff, stands: Sequence[Span]) -> list[Block]:
        name, zone = f"row:{signoff.id}:{signoff.version}", self.contents.person.timezone
        return [row(name, signoff, stands, zone, button(DETAILS, "Details", signoff))]

    def _with_buttons(self, signoff: Signoff, *buttons: Block) -> list[Block]:
        name = f"{signoff.id}:{signoff.version}"
        me = self.contents.person.id
        return [
            entry(f"item:{name}", signoff, self.roster, self.now, me),
            {"type": "actions", "block_id": f"do:{name}", "elements": list(buttons)},
        ]

    def _you(self) -> list[Block]:
        has = self.contents
        said = away_said(has.away, self.roster), wishes_said(has.wishes, has.person)
        change = {"type": "button", "action_id": SETTINGS, "text": plain("Settings…")}
        return [
            rich_text("you:said", *said),
            {
                "type": "actions",
                "block_id": "you:change",
                "elements": [*away_buttons(has.away), change],
            },
        ]


def _listed(shown: Sequence[Entry]) -> list[Block]:
    grouped = groupby(shown, lambda one: one.under)
    return [
        block
        for number, (under, entries) in enumerate(grouped)
        for block in (*_under(under, number), *_drawn(entries))
    ]


def _drawn(entries: Iterable[Entry]) -> list[Block]:
    return [block for one in entries for block in one.drawn(one.signoff)]


def _under(words_over: str, number: int) -> list[Block]:
    said = section(words(words_over, bold=True))
    return [rich_text(f"under:{number}", said)] if words_over else []


def _load(has: Contents) -> str:
    """As many as the first tab counts."""
    count, lately = len(has.share.waiting), has.asked_lately
    waits = "1 sign-off waits" if count == 1 else f"{count} sign-offs wait"
    times = "once" if lately == 1 else f"{lately} times"
    return f"{waits} for an answer of yours. You were asked {times} in the last 7 days."


def paragraph(block_id: str, text: str) -> Block:
    return {"type": "section", "block_id": block_id, "text": plain(text)}
