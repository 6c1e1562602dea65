"""What can the admins of the workspace, and the people in it, do to the bot?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.playground.door import Door
from bot.playground.refusals import NotOnTheCard
from bot.playground.rules import Json
from bot.playground.things import BOT_USER, Channel, Member
from bot.playground.workspace import Workspace

NO_MESSAGES_TAB = "messages_tab_disabled"


class Admin:
    """Each deed has its way back."""

    def __init__(self, workspace: Workspace, door: Door, changed: Callable[[], None]) -> None:
        self._workspace = workspace
        self._door = door
        self._changed = changed

    # Messages

    def remove(self, channel: str, ts: str) -> None:
        """Delete a message of the bot."""
        message = self._workspace.find(channel, ts)
        if message is None or message.user != BOT_USER:
            raise NotOnTheCard(f"the bot has no message {ts} in {channel}")
        self._workspace.remove(message)

    def close_edit_window(self) -> None:
        """Messages can no longer be edited: `edit_window_closed`."""
        self._set_edit_window(closed=True)

    def open_edit_window(self) -> None:
        self._set_edit_window(closed=False)

    # Channels

    def change_channel(self, channel: Channel) -> None:
        self._workspace.channels[channel.id] = channel
        self._changed()

    def archive(self, channel: str) -> None:
        """chat.postMessage: `is_archived`; chat.update: `is_inactive`."""
        self.change_channel(replace(self._channel(channel), archived=True))

    def unarchive(self, channel: str) -> None:
        self.change_channel(replace(self._channel(channel), archived=False))

    def kick(self, channel: str) -> None:
        """The bot is out: `not_in_channel`, of a private channel `channel_not_found`."""
        self.change_channel(replace(self._channel(channel), bot_is_in=False))

    def invite(self, channel: str) -> None:
        self.change_channel(replace(self._channel(channel), bot_is_in=True))

    def share(self, channel: str, *, pending: bool = False) -> None:
        """With another organisation, by Slack Connect; ``pending``: it was invited."""
        shared = replace(self._channel(channel), shared=not pending, about_to_be_shared=pending)
        self.change_channel(shared)

    def unshare(self, channel: str) -> None:
        self.change_channel(replace(self._channel(channel), shared=False, about_to_be_shared=False))

    def drop_channel(self, channel: str) -> None:
        """It is deleted, with all that was said in it: `channel_not_found`."""
        del self._workspace.channels[self._channel(channel).id]
        self._changed()

    # People

    def change_member(self, member: Member) -> None:
        self._workspace.people[member.id] = member
        self._changed()

    def deactivate(self, user: str) -> None:
        """They have left: `user_disabled`."""
        self.change_member(replace(self._person(user), deleted=True))

    def reactivate(self, user: str) -> None:
        self.change_member(replace(self._person(user), deleted=False))

    def close_dms(self, user: str | None = None, error: str = NO_MESSAGES_TAB) -> None:
        """The bot can no longer write to that person, or with None to anybody."""
        for each in self._those(user):
            self._workspace.closed_to_bot[each] = error
        self._changed()

    def open_dms(self, user: str | None = None) -> None:
        for each in self._those(user):
            self._workspace.closed_to_bot.pop(each, None)
        self._changed()

    # The app

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Every method answers that, until :meth:`restore_token`; also for `account_inactive`."""
        self._set_token(error)

    def restore_token(self) -> None:
        self._set_token("")

    # From the page

    def switches(self) -> Json:
        """How the switches stand that concern the whole workspace."""
        everybody = set(self._those(None))
        return {
            "editWindowClosed": self._workspace.edit_window_closed,
            "tokenTrouble": self._door.token_trouble,
            "dmsClosed": everybody <= set(self._workspace.closed_to_bot),
            "rates": self._door.rates.on,
            "down": self._door.down,
            "tooMany": sum(self._door.refusals.values()),
        }

    def turn(self, switch: str, on: bool) -> None:
        """Turn one of the switches; NotOnTheCard if there is none of that name."""
        match switch:
            case "editWindowClosed":
                self._set_edit_window(closed=on)
            case "tokenTrouble":
                self._set_token("token_revoked" if on else "")
            case "dmsClosed":
                self.close_dms() if on else self.open_dms()
            case "rates":
                self._door.rates.on = on
            case "down":
                self._door.down = on
            case _:
                raise NotOnTheCard(f"there is no switch {switch!r}")
        self._changed()

    def _set_edit_window(self, *, closed: bool) -> None:
        self._workspace.edit_window_closed = closed
        self._changed()

    def _set_token(self, trouble: str) -> None:
        self._door.token_trouble = trouble
        self._changed()

    def _those(self, user: str | None) -> list[str]:
        if user is not None:
            return [self._person(user).id]
        return [one.id for one in self._workspace.people.values() if not one.bot]

    def _person(self, user: str) -> Member:
        if user not in self._workspace.people:
            raise NotOnTheCard(f"there is nobody {user}")
        return self._workspace.people[user]

    def _channel(self, channel: str) -> Channel:
        if channel not in self._workspace.channels:
            raise NotOnTheCard(f"there is no channel {channel}")
        return self._workspace.channels[channel]
