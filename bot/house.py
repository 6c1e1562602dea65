"""Which parts are there, and in which order do they start and stop? Made here, and only here."""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from bot import connections, logs, parts
from bot.chat.slack.room import SlackRoom
from bot.clock import Clock, system_clock
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.circumstances import Circumstances
from bot.engine.dispatcher import Dispatcher
from bot.engine.heartbeat import Heartbeat
from bot.engine.intake import Intake
from bot.engine.patience import Patience
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.wall import Wall
from bot.pipelines.result import result
from bot.ports import Chat, Pipeline, Request, Response, Send
from bot.sender import MEBIBYTE, Sender
from bot.settings import Settings
from bot.signing import Signer
from bot.web.api import Api
from bot.web.health import Health, Metrics
from bot.web.hooks import Hooks
from bot.web.server import make_app
from storage.store import Store

LARGEST_ANSWER = 10 * MEBIBYTE
"""GitHub's lists of files with their patches."""

SHUTDOWN_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running Countersign. `url` is the address it listens at."""

    url: str
    store: Store
    signoffs: Signoffs
    board: Board
    dispatcher: Dispatcher
    heartbeat: Heartbeat


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """What everything else is built around."""

    chosen: Settings
    clock: Clock
    patience: Patience
    signer: Signer
    store: Store
    bell: Bell
    rulebook: Rulebook
    circumstances: Circumstances
    board: Board
    pipelines: dict[str, Pipeline]
    signoffs: Signoffs
    intake: Intake


@asynccontextmanager
async def open_house(
    chosen: Settings,
    *,
    clock: Clock = system_clock,
    patience: Patience | None = None,
    committed: Callable[[], None] = lambda: None,
    delivering: Callable[[], None] = lambda: None,
) -> AsyncIterator[House]:
    """Everything started, and stopped in the opposite order. Raises SettingsError.

    `committed` is called after each commit and `delivering` before anything leaves: for those who
    want to see what a crash there does.
    """
    async with AsyncExitStack() as stack:
        parts.check_database(chosen)
        signer, store = parts.signer_of(chosen), parts.open_store(chosen, committed)
        stack.push_async_callback(store.close)
        sender = await stack.enter_async_context(
            Sender(private_prefixes=connections.trusted_prefixes(chosen), max_body=LARGEST_ANSWER)
        )
        send = _announced(sender, delivering)
        core = _core(chosen, clock, patience or Patience(), signer, store, send)
        room = await stack.enter_async_context(_room(core, delivering))
        core.circumstances.chat = room.chat
        dispatcher = _dispatcher(core, room.chat)
        await core.signoffs.reassess_pending()
        stack.push_async_callback(core.intake.finish)
        stack.push_async_callback(core.circumstances.finish)
        await stack.enter_async_context(_running(dispatcher))
        heartbeat = _heartbeat(core, dispatcher)
        heartbeat.start()
        stack.push_async_callback(heartbeat.stop)
        app = _app(core, room)
        yield House(
            url=await stack.enter_async_context(_listening(app, chosen.host, chosen.port)),
            store=store,
            signoffs=core.signoffs,
            board=core.board,
            dispatcher=dispatcher,
            heartbeat=heartbeat,
        )


def _core(
    chosen: Settings, clock: Clock, patience: Patience, signer: Signer, store: Store, send: Send
) -> _Core:
    bell = Bell()
    rulebook = parts.rulebook(chosen)
    pipelines = parts.adapters(chosen, clock, send)
    circumstances = parts.circumstances(chosen, clock, send)
    signoffs = Signoffs(
        store=store,
        rulebook=rulebook,
        clock=clock,
        new_id=_new_id,
        bell=bell,
        circumstances=circumstances,
        keep_older=frozenset(n for n, c in chosen.config.connections.items() if not c.supersede),
    )
    return _Core(
        chosen=chosen,
        clock=clock,
        patience=patience,
        signer=signer,
        store=store,
        bell=bell,
        rulebook=rulebook,
        circumstances=circumstances,
        board=Board(store, rulebook, bell, signoffs.inviting, clock),
        pipelines=pipelines,
        signoffs=signoffs,
        intake=Intake(
            store=store,
            signoffs=signoffs,
            pipelines=pipelines,
            clock=clock,
            bell=bell,
            patience=patience,
        ),
    )


def _room(core: _Core, delivering: Callable[[], None]) -> SlackRoom:
    return SlackRoom(
        token=core.chosen.slack_bot_token,
        signing_secret=core.chosen.slack_signing_secret,
        app_token=core.chosen.slack_app_token,
        api_url=core.chosen.slack_api_url,
        signoffs=core.signoffs,
        board=core.board,
        rulebook=core.rulebook,
        delivering=delivering,
    )


def _dispatcher(core: _Core, chat: Chat) -> Dispatcher:
    return Dispatcher(
        store=core.store,
        signoffs=core.signoffs,
        board=core.board,
        wall=Wall(store=core.store, board=core.board, rulebook=core.rulebook, chat=chat),
        pipelines=core.pipelines,
        attest=core.signer.attest,
        clock=core.clock,
        bell=core.bell,
        patience=core.patience,
    )


def _heartbeat(core: _Core, dispatcher: Dispatcher) -> Heartbeat:
    heartbeat = Heartbeat(
        duties=(
            core.signoffs.pass_deadlines,
            core.intake.beat,
            core.circumstances.beat,
            dispatcher.beat,
        ),
        next_due=core.board.next_due,
        clock=core.clock,
    )
    core.bell.listen(heartbeat.nudge)
    return heartbeat


def _app(core: _Core, room: SlackRoom) -> web.Application:
    public_url = core.chosen.public_url
    api = Api(
        doors=tuple(connections.doors(core.chosen, core.pipelines)),
        signoffs=core.signoffs,
        board=core.board,
        result=partial(result, public_url=public_url),
        attest=core.signer.attest,
        public_url=public_url,
    )
    stuck = core.signoffs.stuck
    return make_app(
        hooks=Hooks(intake=core.intake, public_url=public_url),
        api=api,
        health=Health(board=core.board, chat_ready=lambda: room.ready, stuck=stuck),
        metrics=Metrics(core.board, core.clock),
        slack_events=None if core.chosen.slack_app_token else room.handler,
    )


def _new_id() -> str:
    """ "sgn_" and 80 random bits, in letters and digits that can be read aloud."""
    return "sgn_" + base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _announced(send: Send, delivering: Callable[[], None]) -> Send:
    async def announced(request: Request) -> Response:
        delivering()
        return await send(request)

    return announced


@asynccontextmanager
async def _running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    await dispatcher.prepare()
    task = asyncio.create_task(dispatcher.run(), name="dispatcher")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await dispatcher.finish()


async def _start(site: web.TCPSite, host: str, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        problem = f"PORT: cannot listen at {host}:{port}: {error.strerror}"
        raise parts.cannot_start(problem) from None


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=logging.getLogger(logs.PROTOCOL),
        shutdown_timeout=SHUTDOWN_SECONDS,
        auto_decompress=False,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await _start(site, host, port)
        own_host, own_port, *_ = runner.addresses[0]
        yield f"http://{own_host}:{own_port}"
    finally:
        await runner.cleanup()
