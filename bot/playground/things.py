"""What is there in a workspace: people, channels, messages, views?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.playground.rules import Json

BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
APP = "A0SIGN"
TEAM = "T0PLAY"
OTHER_TEAM = "T0ELSE"
DOMAIN = "playground"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person (or bot) in the workspace; ``stranger`` is somebody from a connected workspace."""

    id: str
    name: str
    handle: str
    title: str = ""
    email: str = ""
    tz: str = "Europe/London"
    restricted: bool = False
    ultra_restricted: bool = False
    bot: bool = False
    deleted: bool = False
    stranger: bool = False

    @property
    def guest(self) -> bool:
        return self.restricted or self.ultra_restricted

    @property
    def team(self) -> str:
        return OTHER_TEAM if self.stranger else TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel, or with ``direct`` a conversation of the bot with the members. ``shared``: with
    another organisation, which was invited while it is ``about_to_be_shared``.
    """

    id: str
    name: str
    members: tuple[str, ...] = ()
    shared: bool = False
    about_to_be_shared: bool = False
    archived: bool = False
    direct: bool = False
    private: bool = False
    bot_is_in: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """What the app offers from the composer, or with ``on_message`` in the menu of a message."""

    callback_id: str
    name: str
    on_message: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """How a message read before it was changed."""

    text: str
    blocks: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message. ``only_for`` is set on ephemerals; ``source`` says how it came."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str | None = None
    metadata: Json | None = None
    mentions: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()  # (emoji name, user)
    versions: tuple[Version, ...] = ()  # oldest first, without the present one
    edited_ts: str | None = None
    only_for: str | None = None
    source: Literal["message", "ephemeral", "response_url", "answer", "notice"] = "message"

    @property
    def edited(self) -> bool:
        return bool(self.versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or a home tab as the workspace keeps it."""

    id: str
    user: str
    body: Json  # as the app gave it, with block and action ids filled in
    hash: str
    root: str
    previous: str | None = None
    state: Mapping[str, Mapping[str, Json]]

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.body["blocks"])

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))
