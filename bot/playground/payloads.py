"""How does Slack write down what a person did?"""

from __future__ import annotations

from collections.abc import Mapping

from bot.playground.rules import Json
from bot.playground.things import (
    APP,
    BOT_ID,
    BOT_USER,
    DOMAIN,
    TEAM,
    Channel,
    Member,
    Message,
    View,
)


def message_json(message: Message) -> Json:
    body: Json = {"type": "message", "user": message.user, "ts": message.ts, "team": TEAM}
    body |= {"text": message.text, "blocks": list(message.blocks)}
    if message.user == BOT_USER:
        body |= {"bot_id": BOT_ID, "app_id": APP}
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    if message.metadata:
        body["metadata"] = message.metadata
    if message.edited_ts:
        body["edited"] = {"user": message.user, "ts": message.edited_ts}
    return body


def view_json(view: View) -> Json:
    empty = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None}
    return {
        **empty,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
        **view.body,
        "id": view.id,
        "team_id": TEAM,
        "app_installed_team_id": TEAM,
        "app_id": APP,
        "bot_id": BOT_ID,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "state": {"values": view.state},
    }


def person_json(member: Member) -> Json:
    return {
        "id": member.id,
        "username": member.handle,
        "name": member.handle,
        "team_id": member.team,
    }


def member_json(member: Member) -> Json:
    """As users.info says it."""
    return {
        "id": member.id,
        "team_id": member.team,
        "name": member.handle,
        "real_name": member.name,
        "deleted": member.deleted,
        "tz": member.tz,
        "is_bot": member.bot,
        "is_app_user": False,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": member.restricted or member.ultra_restricted,
        "is_ultra_restricted": member.ultra_restricted,
        "is_stranger": member.stranger,
        "profile": {
            "real_name": member.name,
            "display_name": member.handle,
            "title": member.title,
            "email": member.email,
            "team": member.team,
        },
    }


def channel_json(channel: Channel) -> Json:
    body: Json = {"id": channel.id, "is_archived": channel.archived}
    if channel.direct:
        return {**body, "is_im": True, "user": channel.members[0]}
    return {
        **body,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "is_member": channel.bot_is_in,
        "is_private": channel.private,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": channel.about_to_be_shared,
        "num_members": len(channel.members),
    }


def _frame(kind: str, member: Member) -> Json:
    return {
        "type": kind,
        "user": person_json(member),
        "api_app_id": APP,
        "token": "not-a-secret",
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_action(
    member: Member,
    message: Message,
    channel: Channel,
    action: Json,
    state: Json,
    leave: Mapping[str, str],
) -> Json:
    """block_actions on a message; ``leave`` holds trigger_id and response_url."""
    hidden = message.only_for is not None
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": hidden,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return {
        **_frame("block_actions", member),
        "container": container,
        "channel": _named(channel),
        **({} if hidden else {"message": message_json(message)}),
        "state": {"values": state},
        "actions": [action],
        **leave,
    }


def _named(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.direct else channel.name}


def global_shortcut(member: Member, callback_id: str, action_ts: str, trigger_id: str) -> Json:
    """A shortcut of the composer: nothing says where it was used, and nothing answers there."""
    frame = _frame("shortcut", member)
    del frame["api_app_id"]
    return {
        **frame,
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": action_ts,
    }


def message_shortcut(
    member: Member,
    message: Message,
    channel: Channel,
    callback_id: str,
    action_ts: str,
    leave: Mapping[str, str],
) -> Json:
    """A shortcut of a message; ``leave`` holds trigger_id and response_url."""
    frame = _frame("message_action", member)
    del frame["api_app_id"]
    return {
        **frame,
        "callback_id": callback_id,
        "action_ts": action_ts,
        "message_ts": message.ts,
        "message": message_json(message),
        "channel": _named(channel),
        **leave,
    }


def view_action(member: Member, view: View, action: Json, trigger_id: str) -> Json:
    return {
        **_frame("block_actions", member),
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(view),
        "actions": [action],
        "trigger_id": trigger_id,
    }


def view_submission(member: Member, view: View, trigger_id: str) -> Json:
    return {
        **_frame("view_submission", member),
        "view": view_json(view),
        "trigger_id": trigger_id,
        "response_urls": [],
    }


def view_closed(member: Member, view: View, cleared: bool) -> Json:
    return {
        **_frame("view_closed", member),
        "view": view_json(view),
        "is_cleared": cleared,
    }


def slash_command(
    member: Member, channel: Channel, command: str, text: str, leave: Mapping[str, str]
) -> dict[str, str]:
    return {
        "token": "not-a-secret",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.direct else channel.name,
        "user_id": member.id,
        "user_name": member.handle,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        **leave,
    }


def event_callback(event: Json, event_id: str, now: float) -> Json:
    return {
        "token": "not-a-secret",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(now),
        "authorizations": [
            {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}
        ],
        "is_ext_shared_channel": False,
    }
