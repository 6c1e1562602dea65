"""What does a person at the browser see, and what may their browser do?"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.playground.courier import Answer
from bot.playground.picture import Stage, picture
from bot.playground.refusals import NobodyListens, NotOnTheCard
from bot.playground.rules import Json
from bot.playground.things import Message

_STATIC = Path(__file__).parent / "static"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_HEARTBEAT = 1.0  # seconds; each one tells the page what time the workspace thinks it is
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Deed = Callable[[str, Json], Awaitable[Answer | None]]


class Page:
    """The browser's view of the workspace: one page, one stream of pictures, a few deeds."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._deeds: dict[str, Deed] = {
            "click": self._click,
            "submit": self._submit,
            "dismiss": self._dismiss,
            "command": self._command,
            "say": self._say,
            "home": self._home,
            "shortcut": self._shortcut,
            "message-shortcut": self._message_shortcut,
            "remove": self._remove,
            "switch": self._switch,
            "channel": self._channel,
            "member": self._member,
            "new-change": self._new_change,
        }

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self._file)
        app.router.add_get("/static/{name}", self._file)
        app.router.add_get("/page/state", self._guarded(self._state))
        app.router.add_get("/page/stream", self._guarded(self._stream))
        app.router.add_post("/page/{deed}", self._guarded(self._do))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        path = _STATIC / name
        if path.parent != _STATIC or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=_HEADERS)

    def _guarded(self, handler: Handler) -> Handler:
        """Only this machine's own page: no other site, and no other name for this address."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            host = urlsplit(f"//{request.host}").hostname
            bound = urlsplit(self._stage.page_url()).hostname
            if bound in _LOOPBACK and host not in _LOOPBACK:
                raise web.HTTPForbidden(text="this page is for this machine only")
            origin = urlsplit(request.headers.get("Origin", "")).netloc
            if request.method == "POST" and origin != request.host:
                raise web.HTTPForbidden(text="this came from another site")
            return await handler(request)

        return guarded

    def _viewer(self, request: web.Request) -> str:
        wanted = request.query.get("as", "")
        people = self._stage.workspace.people
        usable = [one.id for one in people.values() if not one.bot and not one.deleted]
        return wanted if wanted in usable else usable[0]

    async def _state(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(picture(self._stage, self._viewer(request)), headers=_HEADERS)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the whole picture after each change, the time each second."""
        user = self._viewer(request)
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        bell, seen = self._stage.bell, -1
        while not self._stage.closing.is_set():
            try:
                if bell.count != seen:
                    seen = bell.count
                    await response.write(_event("picture", picture(self._stage, user)))
                now = self._stage.workspace.mint.now()
                await response.write(_event("time", {"now": now}))
            except ConnectionError:
                break
            if bell.count == seen:
                await bell.heard(_HEARTBEAT)
        return response

    async def _do(self, request: web.Request) -> web.StreamResponse:
        deed = self._deeds.get(request.match_info["deed"])
        if deed is None:
            raise web.HTTPNotFound
        try:
            asked = await request.json()
        except json.JSONDecodeError as error:
            raise web.HTTPBadRequest(text="JSON expected") from error
        if not isinstance(asked, dict):
            raise web.HTTPBadRequest(text="an object expected")
        try:
            answer = await deed(str(asked.get("as", "")), asked)
        except (NotOnTheCard, NobodyListens) as refused:
            return web.json_response({"trouble": str(refused), "errors": {}}, headers=_HEADERS)
        self._stage.bell.ring()
        return web.json_response(
            {
                "trouble": answer.trouble if answer else "",
                "errors": dict(answer.errors) if answer else {},
            },
            headers=_HEADERS,
        )

    async def _click(self, user: str, asked: Json) -> Answer | None:
        where, action_id = asked.get("where"), str(asked.get("action_id"))
        options: dict[str, Any] = {"value": asked.get("value"), "block_id": asked.get("block_id")}
        if where == "modal":
            return await self._stage.acting.click_in_modal(
                user, action_id, answers=_answers(asked), **options
            )
        if where == "home":
            return await self._stage.acting.click_on_home(
                user, action_id, answers=_answers(asked), **options
            )
        return await self._stage.acting.click(user, self._message(asked), action_id, **options)

    def _message(self, asked: Json) -> Message:
        message = self._stage.workspace.find(str(asked.get("channel")), str(asked.get("ts")))
        if message is None:
            raise NotOnTheCard("that message is no longer there")
        return message

    async def _shortcut(self, user: str, asked: Json) -> Answer | None:
        return await self._stage.acting.shortcut(user, str(asked.get("callback_id")))

    async def _message_shortcut(self, user: str, asked: Json) -> Answer | None:
        callback_id = str(asked.get("callback_id"))
        return await self._stage.acting.message_shortcut(user, self._message(asked), callback_id)

    async def _remove(self, user: str, asked: Json) -> Answer | None:
        message = self._message(asked)
        self._stage.admin.remove(message.channel, message.ts)
        return None

    async def _switch(self, user: str, asked: Json) -> Answer | None:
        self._stage.admin.turn(str(asked.get("switch")), asked.get("on") is True)
        return None

    async def _channel(self, user: str, asked: Json) -> Answer | None:
        admin, on = self._stage.admin, asked.get("on") is True
        deeds = {
            "archived": admin.archive if on else admin.unarchive,
            "botIsIn": admin.invite if on else admin.kick,
        }
        deed = deeds.get(str(asked.get("what")))
        if deed is None:
            raise NotOnTheCard("that cannot be done to a channel")
        deed(str(asked.get("channel")))
        return None

    async def _member(self, user: str, asked: Json) -> Answer | None:
        admin, who = self._stage.admin, str(asked.get("user"))
        admin.reactivate(who) if asked.get("on") is True else admin.deactivate(who)
        return None

    async def _submit(self, user: str, asked: Json) -> Answer | None:
        return await self._stage.acting.submit(user, _answers(asked))

    async def _dismiss(self, user: str, asked: Json) -> Answer | None:
        return await self._stage.acting.dismiss(user)

    async def _command(self, user: str, asked: Json) -> Answer | None:
        command, _, text = str(asked.get("text", "")).partition(" ")
        return await self._stage.acting.command(user, command, text, str(asked.get("channel")))

    async def _say(self, user: str, asked: Json) -> Answer | None:
        channel, text = str(asked.get("channel")), str(asked.get("text", ""))
        if not self._stage.workspace.can_see(user, channel):
            raise NotOnTheCard(f"{user} cannot see {channel}")
        thread = asked.get("thread")
        self._stage.workspace.say(user, channel, text, str(thread) if thread else None)
        return None

    async def _home(self, user: str, asked: Json) -> Answer | None:
        return await self._stage.acting.open_home(user, "home", self._stage.retry_delays)

    async def _new_change(self, user: str, asked: Json) -> Answer | None:
        if self._stage.on_new_change is None:
            raise NotOnTheCard("nobody is here to send a change")
        await self._stage.on_new_change()
        return None


def _answers(asked: Json) -> dict[str, Any]:
    answers = asked.get("answers")
    return answers if isinstance(answers, dict) else {}


def _event(name: str, data: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
