"""We speak to Slack: cards are hung up, corrected and reminded of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat.slack.api import SlackApi, SlackRefused
from bot.chat.slack.blocks import blocks_of, fallback, leanest
from bot.chat.slack.presence import Lookout
from bot.chat.slack.question import blocks_of_question, spoken_text
from bot.chat.slack.richtext import Block, escape, rich_text, section, spoken, words
from bot.domain.asking.choosing import Seen
from bot.domain.card import Card, Question
from bot.domain.spans import Fact
from bot.ports import CardRef, Surface, Undelivered, Unreachable

log = logging.getLogger(__name__)

QUIET: dict[str, Any] = {
    "unfurl_links": False,
    "unfurl_media": False,
    "mrkdwn": False,
    "parse": "none",
}

GONE = frozenset({"message_not_found", "thread_not_found"})
FROZEN = frozenset({"edit_window_closed", "cant_update_message", "block_mismatch"})
TOO_MUCH = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
)

NO_SUCH_PLACE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
        "user_not_found",
        "user_disabled",
        "user_not_visible",
        "users_not_found",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "team_access_not_granted",
    }
)
"""Nothing will hang there until a person changes something there: the other cards go on."""

OURS_TO_MEND = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "not_allowed_token_type",
        "no_permission",
        "org_login_required",
        "ekm_access_denied",
        "access_denied",
        "enterprise_is_restricted",
        "accesslimited",
    }
)
"""The whole app is locked out: everything waits until an operator has mended it."""


@dataclass(frozen=True, slots=True)
class SlackChat:
    """Fulfils `bot.ports.Chat`. `delivering` is called before anything leaves."""

    api: SlackApi
    lookout: Lookout
    delivering: Callable[[], None] = lambda: None

    async def show(self, card: Card, surface: Surface, posted: CardRef | None) -> CardRef:
        """Post the card, or change it where it hangs. Raises Unreachable or Undelivered."""
        self.delivering()
        try:
            return await self._show(card, surface, posted, blocks_of(card))
        except SlackRefused as refused:
            if refused.error not in TOO_MUCH:
                raise _undelivered(refused, surface) from refused
            log.error("Slack did not take the card of %s: %s", card.signoff_id, refused.error)
        try:
            return await self._show(card, surface, posted, leanest(card))
        except SlackRefused as refused:
            raise _undelivered(refused, surface) from refused

    async def remind(
        self, card: Card, surface: Surface, posted: CardRef | None, *, escalated: bool
    ) -> None:
        """Ask again below the card, or, if none hangs there, where it should."""
        self.delivering()
        lead = (
            "This has waited so long that it is escalated."
            if escalated
            else "Still waiting for a decision."
        )
        blocks = [_reminder(card, surface, lead)]
        text = f"{lead} {fallback(card)}"
        try:
            await self._post_below(surface, text, blocks, posted)
        except SlackRefused as refused:
            raise _undelivered(refused, surface) from refused

    async def ask_author(
        self, question: Question, surface: Surface, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        """Ask below the card, or, if none hangs there, where it should; or correct the question."""
        self.delivering()
        try:
            return await self._ask(question, surface, below, posted)
        except SlackRefused as refused:
            raise _undelivered(refused, surface) from refused

    async def look(self, users: Sequence[str]) -> Mapping[str, Seen]:
        """Who is there, by user, as far as Slack says so. Raises Unreachable or Undelivered."""
        try:
            return await self.lookout.look(users)
        except SlackRefused as refused:
            raise _undelivered(refused, "the members") from refused

    async def _show(
        self, card: Card, surface: Surface, posted: CardRef | None, blocks: Sequence[Block]
    ) -> CardRef:
        if posted is None:
            return await self._post(surface, fallback(card), blocks, None)
        try:
            await self._change(posted, fallback(card), blocks)
        except SlackRefused as refused:
            if refused.error in GONE:
                return await self._post(surface, fallback(card), blocks, None)
            if refused.error not in FROZEN:
                raise
            await self._correct_below(card, surface, posted)
        return posted

    async def _correct_below(self, card: Card, surface: Surface, posted: CardRef) -> None:
        """Slack lets nobody change the card any more: say so under it, never hang up a second."""
        said = spoken(
            [span for fact in card.facts if fact.label == "Outcome" for span in fact.spans]
        )
        lead = f"This card is out of date: {card.headline}. "
        note = rich_text(f"note:{card.version}", section(words(lead), *said))
        await self._post(surface, escape(lead), [note], posted)

    async def _ask(
        self, question: Question, surface: Surface, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        """Once; a question that is gone is asked again only while it is open."""
        blocks = blocks_of_question(question, in_person=not surface.channel)
        text = spoken_text(question)
        if posted is None:
            return await self._post_below(surface, text, blocks, below)
        try:
            await self._change(posted, text, blocks)
        except SlackRefused as refused:
            if refused.error in GONE:
                closed = bool(question.answer)
                return posted if closed else await self._post_below(surface, text, blocks, below)
            if refused.error not in FROZEN:
                raise
            if question.answer:
                await self._post_below(surface, text, blocks, below or posted)
        return posted

    async def _change(self, posted: CardRef, text: str, blocks: Sequence[Block]) -> None:
        await self.api.call(
            "chat.update",
            channel=posted.channel,
            ts=posted.message,
            text=text,
            blocks=list(blocks),
            parse="none",
        )

    async def _post_below(
        self, surface: Surface, text: str, blocks: Sequence[Block], below: CardRef | None
    ) -> CardRef:
        """In the thread of what hangs there; by itself, if that is gone."""
        try:
            return await self._post(surface, text, blocks, below)
        except SlackRefused as refused:
            if below is None or refused.error not in GONE:
                raise
        return await self._post(surface, text, blocks, None)

    async def _post(
        self, surface: Surface, text: str, blocks: Sequence[Block], below: CardRef | None
    ) -> CardRef:
        """Where it hangs: Slack answers a user's id with that of the conversation."""
        answer = await self.api.call(
            "chat.postMessage",
            channel=below.channel if below else surface.channel or surface.user,
            text=text,
            blocks=list(blocks),
            thread_ts=below.message if below else None,
            reply_broadcast=False if below else None,
            **QUIET,
        )
        channel, message = answer.get("channel"), answer.get("ts")
        if not isinstance(channel, str) or not isinstance(message, str):
            raise Unreachable("chat.postMessage: an answer without the place")
        return CardRef(channel, message)


def _reminder(card: Card, surface: Surface, lead: str) -> Block:
    """In a conversation of two the person is named, so that Slack tells them of it."""
    named: list[Block] = [{"type": "user", "user_id": surface.user}, words(" ")]
    parts = [section(*(named if surface.user else ()), words(f"{lead} "), words(card.headline))]
    told = ("Why you", "Needs", "Expires") if surface.user else ("Needs", "Expires")
    parts += [_line(fact) for fact in card.facts if fact.label in told]
    return rich_text(f"reminder:{card.version}", *parts)


def _line(fact: Fact) -> Block:
    return section(words(f"{fact.label}  ", bold=True), *spoken(fact.spans))


def _undelivered(refused: SlackRefused, where: Surface | str) -> Undelivered:
    said = f"{where}: Slack says {refused.error}"
    if refused.retry_after is not None:
        return Undelivered(said, retry_after=refused.retry_after)
    if refused.error in OURS_TO_MEND:
        log.error("Slack does not let us in (%s): mend the token or its scopes", refused.error)
        return Undelivered(said)
    final = refused.error in NO_SUCH_PLACE or refused.error in TOO_MUCH
    return Undelivered(said, final=final)
