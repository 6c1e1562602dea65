"""What can the bot read again of what was said in a conversation?"""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.payloads import message_json
from bot.playground.refusals import Refused
from bot.playground.rules import Json
from bot.playground.things import Channel, Message
from bot.playground.workspace import Workspace

_PAGE, _LARGEST_PAGE = 100, 999


def sort_of(workspace: Workspace, channel: object) -> str:
    """The first word of the scopes for that sort of conversation."""
    known = _readable(workspace, channel)
    if known.direct:
        return "im"
    return "groups" if known.private else "channels"


def history(workspace: Workspace, args: Json) -> Json:
    """The newest first, without what was said in threads only."""
    channel = _joined(workspace, args)
    every = workspace.messages(channel.id)
    tops = [one for one in every if one.thread_ts in (None, one.ts)]
    tops.reverse()
    return _answer(_within(tops, args), every, args)


def replies(workspace: Workspace, args: Json) -> Json:
    """A message and its thread, oldest first."""
    channel = _joined(workspace, args)
    ts = str(args.get("ts") or "")
    every = workspace.messages(channel.id)
    thread = [one for one in every if ts in (one.ts, one.thread_ts)]
    if not thread:
        raise Refused("thread_not_found")
    return _answer(_within(thread, args), every, args)


def _readable(workspace: Workspace, channel: object) -> Channel:
    known = workspace.channels.get(str(channel))
    if known is None or (known.private and not known.bot_is_in):
        raise Refused("channel_not_found")
    return known


def _joined(workspace: Workspace, args: Json) -> Channel:
    channel = _readable(workspace, args.get("channel"))
    if not channel.bot_is_in:
        raise Refused("not_in_channel")
    return channel


def _moment(args: Json, name: str, otherwise: float, wrong: str) -> float:
    given = args.get(name)
    if given in (None, ""):
        return otherwise
    try:
        return float(str(given))
    except ValueError as error:
        raise Refused(wrong) from error


def _within(messages: Iterable[Message], args: Json) -> list[Message]:
    oldest = _moment(args, "oldest", 0.0, "invalid_ts_oldest")
    latest = _moment(args, "latest", float("inf"), "invalid_ts_latest")
    edges = (oldest, latest) if _yes(args.get("inclusive")) else ()
    return [
        one
        for one in messages
        if oldest < float(one.ts) < latest or (edges and float(one.ts) in edges)
    ]


def _answer(found: list[Message], every: list[Message], args: Json) -> Json:
    limit, start = str(args.get("limit") or _PAGE), str(args.get("cursor") or "0")
    if not limit.isdigit() or not 0 < int(limit) <= _LARGEST_PAGE:
        raise Refused("invalid_limit", (f"[ERROR] a limit from 1 to {_LARGEST_PAGE}",))
    if not start.isdigit():
        raise Refused("invalid_cursor")
    end = int(start) + int(limit)
    more = end < len(found)
    whole = _yes(args.get("include_all_metadata"))
    answer: Json = {
        "messages": [_line(one, every, whole) for one in found[int(start) : end]],
        "has_more": more,
    }
    return answer | ({"response_metadata": {"next_cursor": str(end)}} if more else {})


def _line(message: Message, every: list[Message], whole: bool) -> Json:
    body = message_json(message)
    if not whole:
        body.pop("metadata", None)
    below = [one for one in every if one.thread_ts == message.ts and one.ts != message.ts]
    if below:
        body |= {
            "thread_ts": message.ts,
            "reply_count": len(below),
            "reply_users": sorted({one.user for one in below}),
            "latest_reply": below[-1].ts,
        }
    return body


def _yes(given: object) -> bool:
    return given is True or str(given).lower() in ("1", "true")
