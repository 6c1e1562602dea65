"""What does each Web API method answer?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, cast

from bot.playground.histories import history, replies, sort_of
from bot.playground.payloads import channel_json, member_json, message_json, view_json
from bot.playground.refusals import Refused
from bot.playground.rules import Json
from bot.playground.things import BOT_ID, BOT_USER, TEAM, Channel, Member
from bot.playground.workspace import Content, Workspace

METADATA_BYTES = 1024  # the real limit is not published; more than this is asking for trouble
_PAGE, _LARGEST_PAGE = 200, 1000
_MOST_IN_GROUP = 8
_MOST_IN_DND = 50

Method = Callable[["WebApi", Json], Json]
Scope = str | Callable[["WebApi", Json], str]


class WebApi:
    """The methods this project needs, on one workspace."""

    def __init__(self, workspace: Workspace, page_url: Callable[[], str]) -> None:
        self.workspace = workspace
        self.page_url = page_url

    def call(self, method: str, args: Json, scopes: Iterable[str] | None) -> Json:
        """The answer without ``ok``. ``scopes`` None: the app may do everything."""
        if method not in _METHODS:
            raise Refused("unknown_method")
        handler, needed = _METHODS[method]
        scope = needed if isinstance(needed, str) else needed(self, args)
        if scopes is not None and scope and scope not in scopes:
            raise Refused("missing_scope", (f"needed: {scope}",))
        return handler(self, args)

    def person(self, user: object) -> Member:
        member = self.workspace.people.get(str(user))
        if member is None:
            raise Refused("user_not_found")
        return member

    def channel(self, channel: object) -> Channel:
        known = self.workspace.channels.get(str(channel))
        if known is None or (known.private and not known.bot_is_in):
            raise Refused("channel_not_found")
        return known


def _content(args: Json) -> Content:
    if args.get("attachments"):
        raise Refused("invalid_attachments", ("[ERROR] this workspace takes blocks only",))
    if args.get("link_names") or args.get("parse") == "full":
        raise Refused(
            "mention_refused", ("[ERROR] link_names and parse=full turn names to mentions",)
        )
    return Content(text=args.get("text", ""), blocks=args.get("blocks"), metadata=_metadata(args))


def _metadata(args: Json) -> Json | None:
    metadata = args.get("metadata")
    if metadata is None or metadata == {}:
        return cast(Json | None, metadata)
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return metadata


def _auth_test(api: WebApi, args: Json) -> Json:
    bot = api.workspace.people[BOT_USER]
    names = {"team": "Playground", "user": bot.handle}
    return {"url": api.page_url(), **names, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT_ID}


def _post_message(api: WebApi, args: Json) -> Json:
    message = api.workspace.post(args.get("channel"), _content(args), args.get("thread_ts"))
    return {"channel": message.channel, "ts": message.ts, "message": message_json(message)}


def _update(api: WebApi, args: Json) -> Json:
    message = api.workspace.update(args.get("channel"), str(args.get("ts")), _content(args))
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(message),
    }


def _delete(api: WebApi, args: Json) -> Json:
    message = api.workspace.delete(args.get("channel"), str(args.get("ts")))
    return {"channel": message.channel, "ts": message.ts}


def _post_ephemeral(api: WebApi, args: Json) -> Json:
    message = api.workspace.whisper(
        args.get("channel"), args.get("user"), _content(args), args.get("thread_ts")
    )
    return {"message_ts": message.ts}


def _permalink(api: WebApi, args: Json) -> Json:
    channel, ts = api.channel(args.get("channel")).id, str(args.get("message_ts"))
    message = api.workspace.find(channel, ts)
    if message is None or message.only_for:
        raise Refused("message_not_found")
    return {"channel": channel, "permalink": f"{api.page_url()}#{channel}/{ts}"}


def _conversations_open(api: WebApi, args: Json) -> Json:
    users = args.get("users") or ""
    names = users if isinstance(users, list) else [name for name in str(users).split(",") if name]
    if not names:
        raise Refused("users_list_not_supplied")
    if len(names) > _MOST_IN_GROUP:
        raise Refused("too_many_users")
    return {"channel": channel_json(api.workspace.open_direct(names))}


def _conversations_info(api: WebApi, args: Json) -> Json:
    return {"channel": channel_json(api.channel(args.get("channel")))}


def _reading_scope(api: WebApi, args: Json) -> str:
    return f"{sort_of(api.workspace, args.get('channel'))}:read"


def _history_scope(api: WebApi, args: Json) -> str:
    return f"{sort_of(api.workspace, args.get('channel'))}:history"


def _page(items: list[Any], args: Json) -> tuple[list[Any], Json]:
    start = args.get("cursor") or "0"
    if not str(start).isdigit():
        raise Refused("invalid_cursor")
    wanted = str(args.get("limit") or _PAGE)
    if not wanted.isdigit() or not 0 < int(wanted) <= _LARGEST_PAGE:
        raise Refused("invalid_limit", (f"[ERROR] a limit from 1 to {_LARGEST_PAGE}",))
    first, size = int(start), int(wanted)
    following = str(first + size) if first + size < len(items) else ""
    return items[first : first + size], {"response_metadata": {"next_cursor": following}}


def _conversations_members(api: WebApi, args: Json) -> Json:
    channel = api.channel(args.get("channel"))
    members, more = _page([*channel.members, BOT_USER], args)
    return {"members": members, **more}


def _views_open(api: WebApi, args: Json) -> Json:
    return {"view": view_json(api.workspace.views.open(args.get("trigger_id"), args.get("view")))}


def _views_push(api: WebApi, args: Json) -> Json:
    return {"view": view_json(api.workspace.views.push(args.get("trigger_id"), args.get("view")))}


def _views_update(api: WebApi, args: Json) -> Json:
    names = [str(args.get(name) or "") for name in ("view_id", "external_id", "hash")]
    return {"view": view_json(api.workspace.views.update(args.get("view"), *names))}


def _views_publish(api: WebApi, args: Json) -> Json:
    user = api.person(args.get("user_id")).id
    known_hash = str(args.get("hash") or "")
    return {"view": view_json(api.workspace.views.publish(user, args.get("view"), known_hash))}


def _users_info(api: WebApi, args: Json) -> Json:
    return {"user": member_json(api.person(args.get("user")))}


def _users_list(api: WebApi, args: Json) -> Json:
    people, more = _page(list(api.workspace.people.values()), args)
    return {"members": [member_json(person) for person in people], **more}


def _users_by_email(api: WebApi, args: Json) -> Json:
    wanted = str(args.get("email") or "").casefold()
    for person in api.workspace.people.values():
        if wanted and person.email.casefold() == wanted and not person.deleted:
            return {"user": member_json(person)}
    raise Refused("users_not_found")


def _usergroup_users(api: WebApi, args: Json) -> Json:
    users = api.workspace.usergroups.get(str(args.get("usergroup")))
    if users is None:
        raise Refused("no_such_subteam")
    return {"users": list(users)}


def _quiet_hours(api: WebApi, user: str) -> Json:
    start, end = api.workspace.quiet_hours.get(user, (1, 1))
    return {"dnd_enabled": end > 1, "next_dnd_start_ts": start, "next_dnd_end_ts": end}


def _dnd_info(api: WebApi, args: Json) -> Json:
    return _quiet_hours(api, api.person(args.get("user")).id)


def _dnd_team_info(api: WebApi, args: Json) -> Json:
    """Of up to fifty people at a time; one that cannot be seen spoils the answer."""
    users = [user for user in str(args.get("users") or "").split(",") if user]
    if not users:
        raise Refused("no_users_provided")
    if len(users) > _MOST_IN_DND:
        raise Refused("too_many_users", (f"[ERROR] at most {_MOST_IN_DND} users",))
    if any(user not in api.workspace.people for user in users):
        raise Refused("user_not_visible")
    return {"users": {user: _quiet_hours(api, user) for user in users}}


def _presence(api: WebApi, args: Json) -> Json:
    away = api.person(args.get("user")).id in api.workspace.away
    return {"presence": "away" if away else "active"}


def _react(api: WebApi, args: Json) -> Json:
    name = str(args.get("name") or "")
    api.workspace.react(args.get("channel"), str(args.get("timestamp")), name)
    return {}


_METHODS: dict[str, tuple[Method, Scope]] = {
    "auth.test": (_auth_test, ""),
    "chat.postMessage": (_post_message, "chat:write"),
    "chat.update": (_update, "chat:write"),
    "chat.delete": (_delete, "chat:write"),
    "chat.postEphemeral": (_post_ephemeral, "chat:write"),
    "chat.getPermalink": (_permalink, ""),
    "conversations.open": (_conversations_open, "im:write"),
    "conversations.info": (_conversations_info, _reading_scope),
    "conversations.history": (lambda api, args: history(api.workspace, args), _history_scope),
    "conversations.replies": (lambda api, args: replies(api.workspace, args), _history_scope),
    "conversations.members": (_conversations_members, _reading_scope),
    "views.open": (_views_open, ""),
    "views.push": (_views_push, ""),
    "views.update": (_views_update, ""),
    "views.publish": (_views_publish, ""),
    "users.info": (_users_info, "users:read"),
    "users.list": (_users_list, "users:read"),
    "users.lookupByEmail": (_users_by_email, "users:read.email"),
    "users.getPresence": (_presence, "users:read"),
    "usergroups.users.list": (_usergroup_users, "usergroups:read"),
    "dnd.info": (_dnd_info, "dnd:read"),
    "dnd.teamInfo": (_dnd_team_info, "dnd:read"),
    "reactions.add": (_react, "reactions:write"),
}
