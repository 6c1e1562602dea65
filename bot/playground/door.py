"""How does a Web API call come in, and how does its answer, or its failure, go out?"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable

from aiohttp import web

from bot.playground.faults import Fault, FaultKind, FaultPlan
from bot.playground.methods import WebApi
from bot.playground.rates import Rates
from bot.playground.refusals import RateLimited, Refused
from bot.playground.rules import Json
from bot.playground.sockets import Sockets

_DEAD_LINES = ("no_such_response_url", "expired_url", "used_url")
_STRUCTURED = ("blocks", "view", "metadata", "attachments")
_PAGE = "<!doctype html><title>Sorry</title><h1>We will be right back</h1>"
_TOO_MANY = 429
_BEFORE = {
    FaultKind.RATE_LIMITED,
    FaultKind.SERVER_ERROR,
    FaultKind.HTML,
    FaultKind.DROP_BEFORE,
    FaultKind.ERROR,
}


class BadArguments(Exception):
    """The request holds something that cannot be read."""


async def arguments(request: web.Request) -> Json:
    """From the query, a form or JSON; in the first two, structured arguments are JSON strings."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except json.JSONDecodeError as error:
            raise BadArguments("invalid_json") from error
        if not isinstance(body, dict):
            raise BadArguments("json_not_object")
        return args | body
    args |= dict(await request.post())
    for name in _STRUCTURED:
        if isinstance(args.get(name), str):
            try:
                args[name] = json.loads(args[name])
            except json.JSONDecodeError as error:
                wrong = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
                raise BadArguments(wrong) from error
    return args


class Door:
    """Checks who calls, obeys the planned faults, and records every call."""

    def __init__(
        self,
        api: WebApi,
        sockets: Sockets,
        rates: Rates,
        *,
        bot_token: str,
        app_token: str,
        scopes: Iterable[str] | None,
        noted: Callable[[str, str], None],
    ) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.refusals: Counter[str] = Counter()  # how often each method was answered 429
        self.faults = FaultPlan()
        self.rates = rates
        self.down = False
        self.token_trouble = ""  # the error every method answers while the token is no good
        self.closing = asyncio.Event()
        self._api = api
        self._sockets = sockets
        self._noted = noted
        self._bot_token = bot_token
        self._app_token = app_token
        self._scopes = None if scopes is None else frozenset(scopes)

    async def web_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            args = await arguments(request)
        except BadArguments as wrong:
            return _refusal(Refused(str(wrong)))
        self.calls.append((method, args))
        self._noted(method, str(args.get("channel") or args.get("user_id") or ""))

        def process() -> web.Response:
            self._check_token(method, request, args)
            self.rates.mind(method, args)
            if method == "apps.connections.open":
                ticket = self._sockets.ticket()
                return _said({"url": f"ws://{request.host}/socket?ticket={ticket}"})
            return _said(self._api.call(method, args, self._scopes))

        return await self._through(method, request, process)

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await arguments(request)
        except BadArguments as wrong:
            return web.Response(status=400, text=str(wrong))
        self.calls.append(("response_url", body))
        self._noted("response_url", "")

        def process() -> web.Response:
            try:
                self._api.workspace.answer(request.match_info["key"], body)
            except Refused as refused:
                return _refusal(refused, status=404 if refused.error in _DEAD_LINES else 400)
            return web.Response(text="ok")

        return await self._through("response_url", request, process)

    async def _through(
        self, method: str, request: web.Request, process: Callable[[], web.Response]
    ) -> web.StreamResponse:
        if self.down:
            return _cut(request)
        fault = self.faults.take(method)
        if fault is not None and fault.kind in _BEFORE:
            return self._counted(method, _fail_at_once(request, fault))
        try:
            answer: web.Response = process()
        except Refused as refused:
            answer = _refusal(refused)
        except RateLimited as limited:
            answer = _too_many(limited.retry_after)
        self._counted(method, answer)
        return answer if fault is None else await self._fail_late(request, fault, answer)

    def _counted(self, method: str, answer: web.StreamResponse) -> web.StreamResponse:
        self.refusals[method] += answer.status == _TOO_MANY
        return answer

    async def _fail_late(
        self, request: web.Request, fault: Fault, answer: web.Response
    ) -> web.StreamResponse:
        body = answer.body if isinstance(answer.body, bytes) else b""
        match fault.kind:
            case FaultKind.HALF_RESPONSE:
                half = body[: len(body) // 2]
                return web.Response(body=half, content_type="application/json")
            case FaultKind.EMPTY_RESPONSE:
                return web.Response(content_type="application/json")
            case FaultKind.CUT_RESPONSE:
                return await _cut_in_the_middle(request, body)
            case FaultKind.HANG:
                await self._hold(fault.seconds or 0)
                return answer
            case _:
                return _cut(request)

    async def _hold(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    def _check_token(self, method: str, request: web.Request, args: Json) -> None:
        wanted = self._app_token if method == "apps.connections.open" else self._bot_token
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = given or str(args.get("token") or "")
        if not given:
            raise Refused("not_authed")
        if given == wanted and self.token_trouble:
            raise Refused(self.token_trouble)
        if given == wanted:
            return
        known = given in (self._app_token, self._bot_token)
        raise Refused("not_allowed_token_type" if known else "invalid_auth")


def _said(answer: Json) -> web.Response:
    return web.json_response({"ok": True, **answer})


def _refusal(refused: Refused, status: int = 200) -> web.Response:
    body: Json = {"ok": False, "error": refused.error}
    if refused.error == "missing_scope" and refused.messages:
        body["needed"] = refused.messages[0].removeprefix("needed: ")
    if refused.messages:
        body["response_metadata"] = {"messages": list(refused.messages)}
    return web.json_response(body, status=status)


def _too_many(retry_after: float | None) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(int(retry_after))}
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=_TOO_MANY, headers=headers)


def _fail_at_once(request: web.Request, fault: Fault) -> web.StreamResponse:
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            return _too_many(fault.seconds)
        case FaultKind.SERVER_ERROR:
            return web.Response(status=500, text="internal error")
        case FaultKind.HTML:
            return web.Response(status=fault.status, text=_PAGE, content_type="text/html")
        case FaultKind.ERROR:
            return _refusal(Refused(fault.error))
        case _:
            return _cut(request)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut_in_the_middle(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    response.content_type = "application/json"
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
