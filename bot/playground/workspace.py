"""What is true in the workspace, and what may the bot change in it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.clock import system_clock
from bot.playground.drafts import POST_TEXT, UPDATE_TEXT, Content, judged
from bot.playground.identities import Mint
from bot.playground.passes import Passes
from bot.playground.refusals import Refused
from bot.playground.rules import Json
from bot.playground.things import BOT_USER, Channel, Member, Message, Version
from bot.playground.views import Views

__all__ = ["Channel", "Content", "Member", "Message", "Workspace"]


class Workspace:
    """State and rules, without any HTTP. ``on_change`` is called after each change."""

    def __init__(
        self,
        *,
        members: Iterable[Member],
        channels: Iterable[Channel],
        usergroups: Mapping[str, Iterable[str]] | None = None,
        clock: Callable[[], datetime] = system_clock,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.mint = Mint(clock)
        self.passes = Passes(self.mint)
        self.views = Views(self.mint, self.passes, on_change)
        self.people = {member.id: member for member in members}
        self.people.setdefault(
            BOT_USER, Member(id=BOT_USER, name="Countersign", handle="countersign", bot=True)
        )
        self.channels = {channel.id: channel for channel in channels}
        self.usergroups = {group: list(users) for group, users in (usergroups or {}).items()}
        self.quiet_hours: dict[str, tuple[int, int]] = {}  # user -> next do-not-disturb, epoch s
        self.away: set[str] = set()
        self.closed_to_bot: dict[str, str] = {}  # user -> the error a direct message meets
        self.allow_mentions = False
        self.edit_window_closed = False
        self._timeline: dict[tuple[str, str], Message] = {}
        self._changed = on_change

    # What people can see

    def messages(self, channel: str) -> list[Message]:
        """The messages everybody in that channel sees, oldest first."""
        return [m for m in self._timeline.values() if m.channel == channel and not m.only_for]

    def ephemerals(self, user: str) -> list[Message]:
        return [m for m in self._timeline.values() if m.only_for == user]

    def find(self, channel: str, ts: str) -> Message | None:
        return self._timeline.get((channel, ts))

    def direct(self, user: str) -> str:
        """The id of that person's conversation with the bot."""
        return f"D{user[1:]}"

    def can_see(self, user: str, channel: str) -> bool:
        known = self.channels.get(channel)
        return known is not None and user in known.members

    # What the bot can do

    def open_direct(self, users: list[str]) -> Channel:
        for user in users:
            person = self.people.get(user)
            if person is None:
                raise Refused("user_not_found")
            if person.deleted:
                raise Refused("user_disabled")
            if person.bot:
                raise Refused("cannot_dm_bot")
        single = len(users) == 1
        name = self.direct(users[0]) if single else "G" + "".join(user[1:] for user in users)
        fresh = Channel(id=name, name="", members=tuple(users), direct=single)
        return self.channels.setdefault(name, fresh)

    def place(self, channel: object, when_archived: str = "is_archived") -> Channel:
        """The conversation the bot may write to under that id (or user id)."""
        if isinstance(channel, str) and channel in self.people:
            return self.open_direct([channel])
        known = self.channels.get(str(channel))
        if known is None or (known.private and not known.bot_is_in):
            raise Refused("channel_not_found")
        if known.archived:
            raise Refused(when_archived)
        if not known.bot_is_in:
            raise Refused("not_in_channel")
        return known

    def post(self, channel: object, content: Content, thread_ts: str | None = None) -> Message:
        place = self.place(channel)
        if place.direct:
            self._mind_the_person(place.members[0])
        message = self._judged(content, POST_TEXT)
        if thread_ts is not None and self._shared(place.id, thread_ts) is None:
            raise Refused("thread_not_found")
        return self._keep(
            replace(message, channel=place.id, ts=self.mint.ts(), thread_ts=thread_ts)
        )

    def update(self, channel: object, ts: str, content: Content) -> Message:
        if isinstance(channel, str) and channel[:1] in "UW":
            raise Refused("channel_not_found")
        old = self._own(self.place(channel, "is_inactive").id, ts, "cant_update_message")
        if self.edit_window_closed:
            raise Refused("edit_window_closed")
        new = self._judged(content, UPDATE_TEXT)
        return self._keep(self._changed_message(old, new, content.metadata))

    def delete(self, channel: object, ts: str) -> Message:
        old = self._own(self.place(channel).id, ts, "cant_delete_message")
        self.remove(old)
        return old

    def whisper(
        self, channel: object, user: object, content: Content, thread_ts: str | None = None
    ) -> Message:
        """A message only that person sees; they have to be in the channel."""
        place = self.place(channel)
        if not isinstance(user, str) or user not in self.people:
            raise Refused("user_not_found")
        if not self.can_see(user, place.id):
            raise Refused("user_not_in_channel")
        message = self._judged(content, POST_TEXT)
        return self.tell(
            replace(message, channel=place.id, only_for=user, thread_ts=thread_ts),
        )

    def react(self, channel: object, ts: str, name: str, user: str = BOT_USER) -> None:
        message = self._shared(self.place(channel).id, ts)
        if message is None:
            raise Refused("message_not_found")
        if not name or not name.replace("_", "").replace("-", "").replace("+", "").isalnum():
            raise Refused("invalid_name")
        if (name, user) in message.reactions:
            raise Refused("already_reacted")
        self._keep(replace(message, reactions=(*message.reactions, (name, user))))

    def answer(self, key: str, body: Json) -> None:
        """What came in on a response_url: a new message, or a change of the one it began on."""
        line = self.passes.use_line(key)
        origin = line.origin and self.find(line.origin.channel, line.origin.ts)
        if body.get("delete_original"):
            if origin is not None:
                self.remove(origin)
            return
        message = self._judged(
            Content(text=body.get("text", ""), blocks=body.get("blocks")), POST_TEXT
        )
        if body.get("replace_original") and origin is not None:
            self._keep(self._changed_message(origin, message, None))
            return
        loud = body.get("response_type") == "in_channel"
        self.tell(
            replace(
                message,
                channel=line.channel,
                only_for=None if loud else line.user,
                source="response_url",
                thread_ts=body.get("thread_ts"),
            )
        )

    # What people and the workspace itself can do

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A person writes a plain message."""
        return self.tell(Message(channel=channel, ts="", user=user, text=text, thread_ts=thread_ts))

    def tell(self, message: Message) -> Message:
        """Keep a message that is already judged, under a timestamp of its own."""
        source = "ephemeral" if message.only_for and message.source == "message" else message.source
        return self._keep(replace(message, ts=self.mint.ts(), source=source))

    def remove(self, message: Message) -> None:
        """It is gone; what was said in its thread stays."""
        self._timeline.pop((message.channel, message.ts), None)
        self._changed()

    def reply(self, user: str, channel: str, content: Content, *, loud: bool) -> Message:
        """The immediate answer to a slash command."""
        message = self._judged(content, POST_TEXT)
        only_for = None if loud else user
        return self.tell(replace(message, channel=channel, only_for=only_for, source="answer"))

    def notice(self, user: str, channel: str, text: str) -> Message:
        """The workspace itself tells a person that something went wrong."""
        return self.tell(
            Message(channel=channel, ts="", user="", text=text, only_for=user, source="notice")
        )

    # Rules

    def _judged(self, content: Content, most_text: int) -> Message:
        return judged(content, most_text, self.mint, mentions_allowed=self.allow_mentions)

    def _mind_the_person(self, user: str) -> None:
        if self.people[user].deleted:
            raise Refused("user_disabled")
        if user in self.closed_to_bot:
            raise Refused(self.closed_to_bot[user])

    def _own(self, channel: str, ts: object, otherwise: str) -> Message:
        message = self._shared(channel, ts)
        if message is None:
            raise Refused("message_not_found")
        if message.user != BOT_USER:
            raise Refused(otherwise)
        return message

    def _changed_message(self, old: Message, new: Message, metadata: Json | None) -> Message:
        kept = old.metadata if metadata is None else metadata  # {} takes it away
        return replace(
            old,
            text=new.text,
            blocks=new.blocks,
            mentions=new.mentions,
            metadata=kept,
            versions=(*old.versions, Version(text=old.text, blocks=old.blocks)),
            edited_ts=self.mint.ts(),
        )

    def _shared(self, channel: str, ts: object) -> Message | None:
        message = self.find(channel, str(ts))
        return None if message is None or message.only_for else message

    def _keep(self, message: Message) -> Message:
        self._timeline[(message.channel, message.ts)] = message
        self._changed()
        return message
