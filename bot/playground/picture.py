"""What does the page need to draw the workspace as one person sees it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.playground.payloads import view_json
from bot.playground.pipeline import Run, ToyPipeline
from bot.playground.rules import Json
from bot.playground.things import BOT_USER, Channel, Member, Message

if TYPE_CHECKING:
    from bot.playground.server import Playground

_WIRE_LINES = 40


def picture(
    playground: Playground, user: str, pipeline: ToyPipeline | None, *, can_send: bool
) -> Json:
    """Everything this person may see, and nothing that only others may."""
    workspace = playground.workspace
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
        "pipeline": None if pipeline is None else _runs(pipeline),
        "canSend": can_send,
        "wire": _wire(playground),
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


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "direct": channel.direct,
        "shared": channel.shared,
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


def _wire(playground: Playground) -> list[Json]:
    """The last things that passed between the workspace and the bot, newest first."""
    said = [
        {"way": "out", "what": answer.delivery.kind, "status": answer.status or answer.trouble}
        for answer in playground.answers[-_WIRE_LINES:]
        if answer.delivery is not None
    ]
    asked = [
        {"way": "in", "what": method, "status": str(args.get("channel", ""))}
        for method, args in playground.calls[-_WIRE_LINES:]
    ]
    return [*reversed(said), *reversed(asked)]
