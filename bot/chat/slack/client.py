"""We speak to Slack: what people should see is hung up, and corrected where it hangs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.chat.slack.api import LOCKED_OUT, SlackApi, SlackRefused
from bot.chat.slack.blocks import leanest
from bot.chat.slack.channels import SHARED, Channels
from bot.chat.slack.presence import Lookout, cursor_of
from bot.chat.slack.rendering import Rendered, correction, mark_of, rendered, taken_down
from bot.domain.asking.choosing import Seen
from bot.domain.card import Card
from bot.domain.notes import Note
from bot.ports import (
    CardRef,
    Gone,
    Limit,
    LockedOut,
    NoSuchPlace,
    Pace,
    Surface,
    Undelivered,
    Unreachable,
)

log = logging.getLogger(__name__)

QUIET: dict[str, Any] = {
    "unfurl_links": False,
    "unfurl_media": False,
    "mrkdwn": False,
    "parse": "none",
}

GONE = frozenset({"message_not_found", "thread_not_found"})
NO_THREAD = GONE | {"cannot_reply_to_message", "restricted_action_thread_locked"}
"""Nothing hangs in the thread of that: it hangs by itself."""

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
        "no_permission",
        "access_denied",
    }
)
"""Nothing will hang there until a person changes something there: the other cards go on."""

OURS_TO_MEND = LOCKED_OUT | {"missing_scope", "not_allowed_token_type"}
"""The whole app is locked out: everything waits until an operator has mended it."""

PACE = Pace(
    post=Limit(5, timedelta(seconds=5)),
    change=Limit(48, timedelta(minutes=1), reserved=12),
    home=Limit(90, timedelta(minutes=1)),
)
"""A little less than what Slack says it takes: a message a second in a channel, 50 corrections and
100 pages a minute in a workspace."""

PAGES_AT_MOST = 10
LOOKED_BACK = timedelta(minutes=10)
"""Slack's clock need not be ours."""

EVENT = "countersign"
"""The metadata's event type, by which we know our own messages again."""


async def _no_home(user: str) -> None:
    """Before the room is furnished there is no page to draw."""


@dataclass(slots=True)
class SlackChat:
    """Fulfils `bot.ports.Chat`. `delivering` is called before anything leaves; `draw` draws a
    person's page.
    """

    api: SlackApi
    lookout: Lookout
    delivering: Callable[[], None] = lambda: None
    draw: Callable[[str], Awaitable[None]] = _no_home
    pace: Pace = PACE
    channels: Channels = field(kw_only=True)
    _down: set[CardRef] = field(default_factory=set, kw_only=True)

    async def show(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, posted: CardRef | None
    ) -> CardRef:
        self.delivering()
        await self._mind(at, posted)
        what = rendered(piece, at)
        try:
            return await self._show(piece, at, what, below, posted)
        except SlackRefused as refused:
            if refused.error not in TOO_MUCH or not isinstance(piece, Card):
                raise _undelivered(refused, at) from refused
            log.error("Slack did not take the card of %s: %s", piece.signoff_id, refused.error)
        try:
            lean = replace(what, blocks=leanest(piece))
            return await self._show(piece, at, lean, below, posted)
        except SlackRefused as refused:
            raise _undelivered(refused, at) from refused

    async def find(
        self, piece: Card | Note, at: Surface, *, below: CardRef | None, since: datetime
    ) -> CardRef | None:
        """By the metadata of what was posted there; without the scope to look, nobody can say."""
        oldest, mark = f"{(since - LOOKED_BACK).timestamp():.6f}", mark_of(piece, at)
        try:
            channel = at.channel or await self._conversation(at.user)
            for thread in (below.message, "") if below else ("",):
                async for page in self._said(channel, thread, oldest):
                    if ref := _ours(page, channel, mark):
                        return ref
        except SlackRefused as refused:
            if refused.error == "missing_scope":
                log.warning("cannot look for %s: no scope to read %s", mark, at)
            else:
                raise _undelivered(refused, at) from refused
        return None

    async def _said(
        self, channel: str, thread: str, oldest: str
    ) -> AsyncIterator[Mapping[str, Any]]:
        """What was said since then, page by page: in that thread, or beside all threads."""
        method = "conversations.replies" if thread else "conversations.history"
        asked: Any = {"channel": channel, "oldest": oldest, **({"ts": thread} if thread else {})}
        for _ in range(PAGES_AT_MOST):
            try:
                page = await self.api.ask(method, limit="999", include_all_metadata="true", **asked)
            except SlackRefused as refused:
                if thread and refused.error in GONE:
                    return
                raise
            yield page
            if not (cursor := cursor_of(page)):
                return
            asked["cursor"] = cursor

    async def home(self, user: str) -> None:
        self.delivering()
        try:
            await self.draw(user)
        except SlackRefused as refused:
            raise _undelivered(refused, f"the page of {user}") from refused

    async def look(self, users: Sequence[str]) -> Mapping[str, Seen]:
        try:
            return await self.lookout.look(users)
        except SlackRefused as refused:
            raise _undelivered(refused, "the members") from refused

    async def _mind(self, at: Surface, posted: CardRef | None) -> None:
        """Another organisation reads nothing of ours, nor what hung there before it came."""
        try:
            if not at.channel or not await self.channels.is_shared(at.channel):
                return
        except SlackRefused as refused:
            raise _undelivered(refused, at) from refused
        if posted is not None and posted not in self._down:
            await self._take_down(posted)
        raise NoSuchPlace(f"{at}: {SHARED}")

    async def _take_down(self, posted: CardRef) -> None:
        try:
            await self._change(posted, taken_down())
        except SlackRefused as refused:
            if refused.error not in GONE | FROZEN | NO_SUCH_PLACE:
                raise _undelivered(refused, posted.channel) from refused
            log.error("cannot take down what hangs in %s: %s", posted.channel, refused.error)
        self._down.add(posted)

    async def _show(
        self,
        piece: Card | Note,
        at: Surface,
        what: Rendered,
        below: CardRef | None,
        posted: CardRef | None,
    ) -> CardRef:
        if posted is None:
            return await self._post_below(at, what, mark_of(piece, at), below)
        try:
            await self._change(posted, what)
        except SlackRefused as refused:
            if refused.error in GONE:
                raise Gone(f"{at}: {refused.error}") from refused
            if refused.error not in FROZEN:
                raise
            if isinstance(piece, Card) and piece.open:
                return posted  # it still can be decided there; what it came to is said once
            await self._post_below(at, correction(piece, what), "", below or posted)
        return posted

    async def _change(self, posted: CardRef, what: Rendered) -> None:
        await self.api.call(
            "chat.update",
            channel=posted.channel,
            ts=posted.message,
            text=what.text,
            blocks=what.blocks,
            parse="none",
        )
        self._down.discard(posted)

    async def _post_below(
        self, at: Surface, what: Rendered, mark: str, below: CardRef | None
    ) -> CardRef:
        """In the thread of what hangs there; by itself, if that is gone."""
        try:
            return await self._post(at, what, mark, below)
        except SlackRefused as refused:
            if below is None or refused.error not in NO_THREAD:
                raise
        return await self._post(at, what, mark, None)

    async def _post(self, at: Surface, what: Rendered, mark: str, below: CardRef | None) -> CardRef:
        """Where it hangs: Slack answers a user's id with that of the conversation."""
        about = {"event_type": EVENT, "event_payload": {"mark": mark}} if mark else None
        answer = await self.api.call(
            "chat.postMessage",
            channel=below.channel if below else at.channel or at.user,
            text=what.text,
            blocks=what.blocks,
            thread_ts=below.message if below else None,
            reply_broadcast=False if below else None,
            metadata=about,
            **QUIET,
        )
        channel, message = answer.get("channel"), answer.get("ts")
        if not isinstance(channel, str) or not isinstance(message, str):
            raise Unreachable("chat.postMessage: an answer without the place")
        return CardRef(channel, message)

    async def _conversation(self, user: str) -> str:
        answer = await self.api.call("conversations.open", users=user)
        channel = answer.get("channel")
        name = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(name, str):
            raise Unreachable("conversations.open: an answer without the conversation")
        return name


def _ours(page: Mapping[str, Any], channel: str, mark: str) -> CardRef | None:
    """The first message of ours that carries this mark."""
    messages = page.get("messages")
    for message in reversed(messages if isinstance(messages, list) else []):
        about = message.get("metadata") if isinstance(message, dict) else None
        payload = about.get("event_payload") if isinstance(about, dict) else None
        if isinstance(payload, dict) and payload.get("mark") == mark:
            return CardRef(channel, str(message.get("ts")))
    return None


def _undelivered(refused: SlackRefused, where: Surface | str) -> Undelivered:
    said = f"{where}: Slack says {refused.error}"
    if refused.retry_after is not None:
        return Undelivered(said, retry_after=refused.retry_after)
    if refused.error in OURS_TO_MEND:
        return LockedOut(f"{said}: mend the token or its scopes")
    if refused.error in NO_SUCH_PLACE:
        return NoSuchPlace(said)
    return Undelivered(said, final=refused.error in TOO_MUCH)
