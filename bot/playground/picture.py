"""What does the page need to draw the workspace as one person sees it?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.playground.acting import Acting
from bot.playground.admin import Admin
from bot.playground.bell import Bell
from bot.playground.payloads import view_json
from bot.playground.pipeline import Run, ToyPipeline
from bot.playground.rules import Json
from bot.playground.things import BOT_USER, Channel, Member, Message, Shortcut
from bot.playground.workspace import Workspace

WIRE_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLine:
    """One thing that passed between the workspace and the bot."""

    to_bot: bool
    what: str
    how: str  # the bot's status, or the channel it spoke of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the page draws from and acts on."""

    workspace: Workspace
    acting: Acting
    admin: Admin
    bell: Bell
    wire: Sequence[WireLine]  # grows; oldest first
    closing: asyncio.Event
    page_url: Callable[[], str]
    retry_delays: Sequence[float]
    pipeline: ToyPipeline | None
    on_new_change: Callable[[], Awaitable[None]] | None


def picture(stage: Stage, user: str) -> Json:
    """Everything this person may see, and nothing that only others may."""
    workspace = stage.workspace
    workspace.open_direct([user])
    mine = [one for one in workspace.channels.values() if user in one.members]
    home, modal = workspace.views.home(user), workspace.views.top(user)
    return {
        "now": workspace.mint.now(),
        "viewer": user,
        "bot": BOT_USER,
        "people": [_person(one) for one in workspace.people.values()],
        "channels": [_channel(one) for one in mine],
        "messages": [_message(one) for channel in mine for one in workspace.messages(channel.id)],
        "ephemerals": [_message(one) for one in workspace.ephemerals(user)],
        "home": None if home is None else view_json(home),
        "modal": None if modal is None else view_json(modal),
        "pipeline": None if stage.pipeline is None else _runs(stage.pipeline),
        "shortcuts": [_shortcut(one) for one in stage.acting.shortcuts],
        "admin": stage.admin.switches(),
        "canSend": stage.on_new_change is not None,
        "wire": [
            {"way": "out" if line.to_bot else "in", "what": line.what, "status": line.how}
            for line in reversed(stage.wire)
        ],
    }


def _person(member: Member) -> Json:
    return {
        "id": member.id,
        "name": member.name,
        "handle": member.handle,
        "title": member.title,
        "guest": member.guest,
        "stranger": member.stranger,
        "bot": member.bot,
        "deleted": member.deleted,
    }


def _shortcut(shortcut: Shortcut) -> Json:
    return {
        "callback_id": shortcut.callback_id,
        "name": shortcut.name,
        "onMessage": shortcut.on_message,
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "direct": channel.direct,
        "shared": channel.shared,
        "private": channel.private,
        "archived": channel.archived,
        "botIsIn": channel.bot_is_in,
        "members": list(channel.members),
    }


def _message(message: Message) -> Json:
    return {
        "channel": message.channel,
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": list(message.blocks),
        "thread": message.thread_ts,
        "edited": message.edited,
        "source": message.source,
        "onlyForYou": message.only_for is not None,
        "reactions": [list(one) for one in message.reactions],
    }


def _runs(pipeline: ToyPipeline) -> list[Json]:
    return [_run(run) for run in reversed(pipeline.runs.values())]


def _run(run: Run) -> Json:
    return {
        "key": run.key,
        "title": run.title,
        "state": run.state,
        "status": run.status,
        "messageId": run.message_id,
        "started": run.started.timestamp(),
        "decided": run.decided.timestamp() if run.decided else None,
    }
