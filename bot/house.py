"""Which parts are there, and in which order do they start and stop? Made here, and only here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import metadata

from aiohttp import web

from bot import connections, keys, logs, parts, trail
from bot.chat.slack.room import SlackRoom
from bot.chat.slack.verify import TOLERANCE
from bot.clock import Clock
from bot.core import Core, make_core
from bot.engine import measures, postroom
from bot.engine.board import Board
from bot.engine.carrying_out import Carrier
from bot.engine.clocks import Clocks, Other
from bot.engine.counting import Counting
from bot.engine.dispatcher import Dispatcher
from bot.engine.heartbeat import Duty, Heartbeat
from bot.engine.patience import Patience
from bot.engine.pieces import Pieces
from bot.engine.postroom import Postroom
from bot.engine.reassuring import Reassuring
from bot.engine.reconciler import Reconciler
from bot.engine.signoffs import Signoffs
from bot.engine.sweeping import Sweeping
from bot.engine.tenure import Tenure
from bot.engine.tokens import Tokens
from bot.engine.witnessing import Witnessing
from bot.exporting.serving import Serving
from bot.pipelines import stated_outcomes
from bot.pipelines.result import result
from bot.ports import Chat, Pace, Request, Response, Send
from bot.sender import MEBIBYTE, Sender
from bot.settings import Settings
from bot.web import side_door
from bot.web.api import Api
from bot.web.emergencies import Emergencies
from bot.web.fronts import Fronts, Parts, fronts
from bot.web.gauges import Look
from bot.web.health import Health, Metrics
from bot.web.hooks import Hooks
from bot.web.incidents import IncidentApi, Readers
from bot.web.keys import Keys
from bot.web.membership import Membership
from bot.web.origins import Origins
from bot.web.override_api import OverrideApi, Trusted
from bot.web.server import make_app
from bot.web.watchers import Watchers
from storage.migrations import NEWEST
from storage.news import News
from storage.store import Store

LARGEST_ANSWER = 10 * MEBIBYTE
"""GitHub's lists of files with their patches."""

SHUTDOWN_SECONDS = 2.0

LARGEST_HEADER = 17 * 1024
"""A job's token may say a lot, and comes in one line."""

IDLE_SECONDS = 30
"""A connection on which nothing more comes is closed: whoever holds many makes us deaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running Countersign. `url` is the address it listens at."""

    url: str
    store: Store
    signoffs: Signoffs
    board: Board
    dispatcher: Dispatcher
    reconciler: Reconciler
    heartbeat: Heartbeat

    async def settle(self) -> None:
        """Carry out, and show, everything that is due now and may be sent now."""
        await self.dispatcher.settle()
        await self.reconciler.settle()


@asynccontextmanager
async def open_house(
    chosen: Settings,
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
    committed: Callable[[], None] = lambda: None,
    delivering: Callable[[], None] = lambda: None,
    pace: Pace | None = None,
) -> AsyncIterator[House]:
    """Everything started, and stopped in the opposite order. Raises SettingsError.

    `committed` is called after each commit and `delivering` before anything leaves: for those who
    want to see what a crash there does. `pace`: for a chat that takes more than Slack does.
    """
    async with AsyncExitStack() as stack:
        core = await _founded(stack, chosen, clock, patience, committed, delivering)
        room = await stack.enter_async_context(_room(core, delivering))
        core.circumstances.chat = room.chat
        room.chat.pace = pace or room.chat.pace
        dispatcher, reconciler = _dispatcher(core), _reconciler(core, room.chat)
        await _set_to_work(stack, core, dispatcher, reconciler)
        clocks = _clocks(core, room)
        duties = (dispatcher.beat, reconciler.beat, room.channels.beat, clocks.beat)
        heartbeat = _heartbeat(core, (*duties, *_rounds(stack, core)))
        url = await _opened(stack, core, _app(core, room, clocks))
        heartbeat.start()
        stack.push_async_callback(heartbeat.stop)
        yield House(
            url=url,
            store=core.store,
            signoffs=core.signoffs,
            board=core.board,
            dispatcher=dispatcher,
            reconciler=reconciler,
            heartbeat=heartbeat,
        )


async def _founded(
    stack: AsyncExitStack,
    chosen: Settings,
    clock: Clock | None,
    patience: Patience | None,
    committed: Callable[[], None],
    delivering: Callable[[], None],
) -> Core:
    """The database is open, requests may leave, and the others on it are heard."""
    signer = parts.signer_of(chosen)
    parts.check_signs(signer)
    store = parts.open_store(chosen, committed, clock)
    stack.push_async_callback(store.close)
    sender = await stack.enter_async_context(
        Sender(private_prefixes=connections.trusted_prefixes(chosen), max_body=LARGEST_ANSWER)
    )
    core = make_core(chosen, patience or Patience(), signer, store, _announced(sender, delivering))
    await trail.compare(chosen, core.checkpointing)
    await store.write(lambda session: keys.keep_in_trail(session, signer.public))
    if not store.alone:
        await stack.enter_async_context(_hearing(core))
    return core


async def _set_to_work(
    stack: AsyncExitStack, core: Core, dispatcher: Dispatcher, reconciler: Reconciler
) -> None:
    await core.intake.prepare()
    stack.push_async_callback(core.intake.finish)
    stack.push_async_callback(core.circumstances.finish)
    await dispatcher.prepare()
    await stack.enter_async_context(_running(dispatcher))
    await stack.enter_async_context(_running(reconciler))
    if door := postroom.door_beside(core.chosen.database_url):
        clerk = Postroom(core.store, core.bell.ring, core.signoffs.vouching)
        await stack.enter_async_context(side_door.open_at(door, clerk))


def _rounds(stack: AsyncExitStack, core: Core) -> tuple[Duty, ...]:
    """What pipelines are asked, and told, besides what the outbox holds."""
    sweeping = Sweeping(pipelines=core.pipelines, clock=core.clock)
    reassuring = Reassuring(store=core.store, pipelines=core.pipelines, clock=core.clock)
    stack.push_async_callback(sweeping.finish)
    stack.push_async_callback(reassuring.finish)
    stack.push_async_callback(core.checkpointing.finish)
    stack.push_async_callback(core.traces.finish)
    witnessing = Witnessing(
        store=core.store,
        clock=core.clock,
        bell=core.bell,
        newest=core.checkpointing.newest,
        channels=core.chosen.config.evidence.channels,
    )
    rounds = (sweeping.beat, reassuring.beat, core.checkpointing.beat, witnessing.beat)
    return (*rounds, core.traces.beat)


async def _opened(stack: AsyncExitStack, core: Core, app: web.Application) -> str:
    """Where it listens. Its rulebook is in force from now on."""
    if core.store.alone:
        await core.signoffs.enter()
    url = await stack.enter_async_context(_listening(app, core.chosen.host, core.chosen.port))
    if not core.store.alone:  # whoever cannot listen must not overrule those who do
        await core.signoffs.enter()
    return url


def _room(core: Core, delivering: Callable[[], None]) -> SlackRoom:
    return SlackRoom(
        token=core.chosen.slack_bot_token,
        signing_secret=core.chosen.slack_signing_secrets,
        app_token=core.chosen.slack_app_token,
        api_url=core.chosen.slack_api_url,
        signoffs=core.signoffs,
        board=core.board,
        rulebook=core.rulebook,
        clock=core.clock,
        delivering=delivering,
        reopens=_reopens(core),
        tallies=core.tallies,
    )


def _reopens(core: Core) -> Callable[[str], bool]:
    """Whether a connection's pipeline still takes a yes once it was stopped."""
    return lambda name: name not in core.pipelines or core.pipelines[name].reopens


def _dispatcher(core: Core) -> Dispatcher:
    return Dispatcher(
        store=core.store,
        carrier=Carrier(
            store=core.store,
            signoffs=core.signoffs,
            pipelines=core.pipelines,
            attest=core.attesting.made,
            clock=core.clock,
            bell=core.bell,
            patience=core.patience,
            subscribers=connections.subscribers(core.chosen, core.clock, core.calling),
            tallies=core.tallies,
            traces=core.traces,
        ),
        bell=core.bell,
    )


def _reconciler(core: Core, chat: Chat) -> Reconciler:
    return Reconciler(
        store=core.store,
        tenure=Tenure(store=core.store, task="chat", holder=core.holder),
        pieces=Pieces(core.rulebook.roster, core.clock, core.chosen.public_url),
        chat=chat,
        clock=core.clock,
        bell=core.bell,
        patience=core.patience,
        fallback=core.rulebook.fallback_channel,
        traces=core.traces,
    )


@asynccontextmanager
async def _hearing(core: Core) -> AsyncIterator[None]:
    """What other processes on the same database commit, and they what we do."""
    news = News(core.chosen.database_url, core.holder, core.bell.ring_here)
    core.bell.tell(news.tell)
    news.start()
    try:
        yield
    finally:
        await news.stop()


def _counting(core: Core) -> Counting:
    return Counting(store=core.store, decided=core.tallies.decided)


def _heartbeat(core: Core, more: tuple[Duty, ...]) -> Heartbeat:
    heartbeat = Heartbeat(
        duties=(
            core.signoffs.stay,
            core.signoffs.pass_deadlines,
            core.signoffs.reassess,
            core.intake.beat,
            core.circumstances.beat,
            core.reminding.beat,
            _counting(core).beat,
            core.outcomes.beat,
            *more,
        ),
        next_due=core.board.next_due,
        clock=core.clock,
    )
    core.bell.listen(heartbeat.nudge)
    return heartbeat


def _clocks(core: Core, room: SlackRoom) -> Clocks:
    """What each says of ours. Time is the database's, so that only Slack's can be too far off."""
    return Clocks(
        (
            Other(name="the database", ahead=lambda: core.store.ahead, most=2),
            Other(name="Slack", ahead=lambda: room.timepiece.offset, most=5, wrong=TOLERANCE),
        )
    )


def _app(core: Core, room: SlackRoom, clocks: Clocks) -> web.Application:
    public_url = core.chosen.public_url
    api = Api(
        doors=tuple(connections.doors(core.chosen, core.pipelines)),
        signoffs=core.signoffs,
        board=core.board,
        result=partial(result, public_url=public_url),
        attested=core.attesting.kept,
        newest=core.checkpointing.newest,
        public_url=public_url,
        keyless=connections.keyless(core.chosen, core.clock, core.send, Tokens(core.store).spend),
    )
    stuck, pages = core.signoffs.stuck, _fronts(core, room)
    watchers = Watchers(core.chosen.metrics_token.encode())
    return make_app(
        hooks=Hooks(intake=core.intake, public_url=public_url),
        api=api,
        overriding=_overriding(core, room, api, pages),
        keys=Keys(_published_keys(core), keys.webhook(core.webhook_key)),
        health=Health(
            board=core.board,
            chat_trouble=lambda: room.trouble,
            stuck=stuck,
            trail_trouble=lambda: [
                *core.checkpointing.trouble(),
                *core.attesting.trouble(),
                *core.signer.trouble(),
            ],
            clocks=clocks,
            watchers=watchers,
            warnings=lambda: room.channels.warnings,
        ),
        metrics=Metrics(
            core.board,
            core.clock,
            core.pipelines,
            clocks,
            watchers,
            core.tallies,
            looks=_looks(core, room, pages),
            build=(_version(), NEWEST),
        ),
        incidents=_incidents(core, api),
        slack_events=None if core.chosen.slack_app_token else room.handler,
        fronts=pages,
    )


def _incidents(core: Core, api: Api) -> IncidentApi:
    return IncidentApi(
        api=api,
        outcomes=core.outcomes,
        read=Readers(
            incident=stated_outcomes.incident,
            changed=stated_outcomes.changed,
            deployment=stated_outcomes.deployment,
        ),
        reach=core.signoffs.reach,
    )


def _version() -> str:
    """Of the package; whoever runs it from a folder has none."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("countersign")
    return "unknown"


def _looks(core: Core, room: SlackRoom, pages: Fronts) -> dict[str, Look]:
    """What Prometheus hears of parts that do not count themselves."""
    dashboard = pages.dashboard
    return {
        "countersign_slack_up": lambda: float(not room.trouble),
        "countersign_live_pages": lambda: dashboard.live.open if dashboard else 0,
        "countersign_incidents_open": lambda: measures.open_incidents(core.store),
        "countersign_counted_behind_entries": lambda: measures.uncounted(core.store),
    }


def _published_keys(core: Core) -> Callable[[], list[keys.Published]]:
    """Those that stand in files are read once. Raises SettingsError."""
    retired = trail.retired_keys(core.chosen)

    def published() -> list[keys.Published]:
        origin = trail.origin_of(core.checkpointing)
        return keys.published(core.signer.public, retired, origin, core.clock())

    return published


def _fronts(core: Core, room: SlackRoom) -> Fronts:
    """Where people decide for whom a click in the chat is not enough, and where they look."""
    chosen, config = core.chosen, core.chosen.config
    parts = Parts(
        public_url=chosen.public_url,
        secrets=chosen.secrets,
        slack_url=chosen.slack_api_url,
        teams=room.teams,
        administrators=config.administrators,
        signoffs=core.signoffs,
        board=core.board,
        clock=core.clock,
        send=core.send,
        members=_members(core, room),
        origins=Origins(chosen.trusted_proxies),
        reopens=_reopens(core),
        export=Serving(chosen=chosen, clock=core.clock).export,
        connections={name: it.kind for name, it in config.connections.items()},
        production=config.outcomes.production,
    )
    return fronts(config.step_up, config.dashboard, parts)


def _overriding(core: Core, room: SlackRoom, api: Api, pages: Fronts) -> OverrideApi:
    """For people, who sign in where those of our pages do."""
    known = core.chosen.config.step_up
    own = pages.pages
    proved = own.stepping.prove_id_token if own and own.stepping else None
    return OverrideApi(
        doors=api.doors,
        trusted=Trusted(issuer=known.issuer, prove=proved) if known and proved else None,
        emergencies=Emergencies(signoffs=core.signoffs, members=_members(core, room)),
        board=core.board,
        result=api.result,
        public_url=core.chosen.public_url,
    )


def _members(core: Core, room: SlackRoom) -> Membership:
    return Membership(roster=core.rulebook.roster, check_member=room.check_member)


def _announced(send: Send, delivering: Callable[[], None]) -> Send:
    async def announced(request: Request) -> Response:
        delivering()
        return await send(request)

    return announced


@asynccontextmanager
async def _running(worker: Dispatcher | Reconciler) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run(), name=type(worker).__name__)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await worker.finish()


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
        max_field_size=LARGEST_HEADER,
        keepalive_timeout=IDLE_SECONDS,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await _start(site, host, port)
        own_host, own_port, *_ = runner.addresses[0]
        yield f"http://{own_host}:{own_port}"
    finally:
        await runner.cleanup()
