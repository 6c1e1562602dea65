"""Which parts are there, and in which order do they start and stop? Made here, and only here."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import logging
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web
from sqlalchemy.engine import make_url

from bot import connections, logs, settings, signing
from bot.chat.slack.room import SlackRoom
from bot.cli.check import as_json, describe
from bot.clock import Clock, system_clock
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.dispatcher import Dispatcher
from bot.engine.heartbeat import Heartbeat
from bot.engine.intake import Intake
from bot.engine.patience import Patience
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.wall import Wall
from bot.pipelines.result import result
from bot.ports import Pipeline, Request, Response, Send
from bot.sender import MEBIBYTE, Sender
from bot.settings import Settings, SettingsError
from bot.web.api import Api
from bot.web.health import Health, Metrics
from bot.web.hooks import Hooks
from bot.web.server import make_app
from storage.store import Store, Unusable

log = logs.get(__name__)

LARGEST_ANSWER = 10 * MEBIBYTE
"""GitHub's lists of files with their patches."""

SHUTDOWN_SECONDS = 20

TURN = 0.0005
"""Seconds a thread may keep the interpreter while another waits: the event loop and the writer
take turns, and the default of ten times as much makes each wait for the other's whole turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running Countersign. `url` is the address it listens at."""

    url: str
    store: Store
    signoffs: Signoffs
    board: Board
    dispatcher: Dispatcher
    heartbeat: Heartbeat


def serve(_: argparse.Namespace) -> int:
    """`countersign serve`: until SIGTERM or SIGINT; what was begun is finished."""
    chosen = settings.read()
    logs.configure(chosen.hidden)
    sys.setswitchinterval(TURN)
    asyncio.run(_serve(chosen))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """`countersign check`: config and secrets, dry."""
    chosen = settings.read()
    _check(chosen)
    known = chosen.config
    said = json.dumps(as_json(known), indent=2) if arguments.json else describe(known)
    sys.stdout.write(f"{said}\n")
    return 0


def _check(chosen: Settings) -> None:
    """Whatever the start would stumble over, without starting."""
    _check_database(chosen)
    if chosen.signing_key:
        signer_of(chosen)
    _adapters(chosen, system_clock, Sender())


async def _serve(chosen: Settings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with open_house(chosen) as house:
        log.info("serving", url=house.url, public_url=chosen.public_url)
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def open_house(
    chosen: Settings,
    *,
    clock: Clock = system_clock,
    patience: Patience | None = None,
    committed: Callable[[], None] = lambda: None,
    delivering: Callable[[], None] = lambda: None,
) -> AsyncIterator[House]:
    """Everything started, and stopped in the opposite order.

    `committed` is called after each commit and `delivering` before anything leaves: for those who
    want to see what a crash there does.
    """
    async with AsyncExitStack() as stack:
        _check_database(chosen)
        signer = signer_of(chosen)
        store = _open_store(chosen, committed)
        stack.push_async_callback(store.close)
        sender = await stack.enter_async_context(
            Sender(private_prefixes=connections.trusted_prefixes(chosen), max_body=LARGEST_ANSWER)
        )
        bell, patience = Bell(), patience or Patience()
        rulebook = Rulebook(chosen.config.roster, chosen.config.policy)
        board = Board(store, rulebook, bell)
        pipelines = _adapters(chosen, clock, _announced(sender, delivering))
        signoffs = Signoffs(
            store=store,
            rulebook=rulebook,
            clock=clock,
            new_id=_new_id,
            bell=bell,
            keep_older=frozenset(
                n for n, c in chosen.config.connections.items() if not c.supersede
            ),
        )
        intake = Intake(
            store=store,
            signoffs=signoffs,
            pipelines=pipelines,
            clock=clock,
            bell=bell,
            patience=patience,
        )
        room = await stack.enter_async_context(
            SlackRoom(
                token=chosen.slack_bot_token,
                signing_secret=chosen.slack_signing_secret,
                app_token=chosen.slack_app_token,
                api_url=chosen.slack_api_url,
                signoffs=signoffs,
                board=board,
                rulebook=rulebook,
                delivering=delivering,
            )
        )
        dispatcher = Dispatcher(
            store=store,
            signoffs=signoffs,
            board=board,
            wall=Wall(store=store, board=board, rulebook=rulebook, chat=room.chat),
            pipelines=pipelines,
            attest=signer.attest,
            clock=clock,
            bell=bell,
            patience=patience,
        )
        await signoffs.reassess_pending()
        stack.push_async_callback(intake.finish)
        await stack.enter_async_context(_running(dispatcher))
        heartbeat = Heartbeat(
            duties=(signoffs.pass_deadlines, intake.beat, dispatcher.beat),
            next_due=board.next_due,
            clock=clock,
        )
        bell.listen(heartbeat.nudge)
        heartbeat.start()
        stack.push_async_callback(heartbeat.stop)
        metrics = Metrics(board, clock)
        app = make_app(
            hooks=Hooks(intake=intake, public_url=chosen.public_url),
            api=Api(
                doors=tuple(connections.doors(chosen, pipelines)),
                signoffs=signoffs,
                board=board,
                result=partial(result, public_url=chosen.public_url),
                attest=signer.attest,
                public_url=chosen.public_url,
            ),
            health=Health(board=board, chat_ready=lambda: room.ready, stuck=signoffs.stuck),
            metrics=metrics,
            slack_events=None if chosen.slack_app_token else room.handler,
        )
        url = await stack.enter_async_context(_listening(app, chosen.host, chosen.port))
        yield House(
            url=url,
            store=store,
            signoffs=signoffs,
            board=board,
            dispatcher=dispatcher,
            heartbeat=heartbeat,
        )


def signer_of(chosen: Settings) -> signing.Signer:
    """The signer with the key that is set, or with one kept beside the database."""
    try:
        if chosen.signing_key:
            return signing.Signer(signing.load(chosen.signing_key))
        database = Path(make_url(chosen.database_url).database or "countersign.db")
        return signing.Signer(signing.load_or_make(database.with_suffix(".key.pem")))
    except signing.BadKey as bad:
        raise SettingsError(
            [f"COUNTERSIGN_SIGNING_KEY: {bad}"], "Countersign cannot start"
        ) from None


def _adapters(chosen: Settings, clock: Clock, send: Send) -> dict[str, Pipeline]:
    try:
        return connections.pipelines(chosen, clock, send)
    except ValueError as unfit:
        raise SettingsError([str(unfit)], "Countersign cannot start") from None


def _check_database(chosen: Settings) -> None:
    if not chosen.database_url.startswith("sqlite"):
        problem = "DATABASE_URL: PostgreSQL is not supported yet; use sqlite:///path.db"
        raise SettingsError([problem], "Countersign cannot start")


def _open_store(chosen: Settings, committed: Callable[[], None]) -> Store:
    try:
        return Store(chosen.database_url, committed)
    except Unusable as unusable:
        raise SettingsError([f"DATABASE_URL: {unusable}"], "Countersign cannot start") from None


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
        raise SettingsError([problem], "Countersign cannot start") from None


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
