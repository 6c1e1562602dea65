"""What is there of Slack in this house? The room with everything in it, opened and closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.acts import acts_of
from bot.chat.slack.api import SLACK_API_URL, WITHIN, SlackApi
from bot.chat.slack.app import Listeners, make_app
from bot.chat.slack.channels import Channels
from bot.chat.slack.client import SlackChat
from bot.chat.slack.commands.commands import Commands
from bot.chat.slack.commands.shortcuts import Shortcuts
from bot.chat.slack.desk import Desk
from bot.chat.slack.details.inquiries import Inquiries
from bot.chat.slack.errands import Errands
from bot.chat.slack.haste import HALF, hurry
from bot.chat.slack.home.away import Absence
from bot.chat.slack.home.home import Home
from bot.chat.slack.home.settings import Settings
from bot.chat.slack.identity import Identity
from bot.chat.slack.menu import Menu, Strays
from bot.chat.slack.people import Clicker, People
from bot.chat.slack.presence import Lookout
from bot.chat.slack.routes import Routes
from bot.chat.slack.socket import Socket
from bot.chat.slack.timepiece import Timepiece
from bot.chat.slack.turns import Turns
from bot.chat.slack.verify import Verifier
from bot.chat.slack.whisper import Whisper
from bot.clock import Clock, system_clock
from bot.engine.board import Board
from bot.engine.personal import Personal
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.taking_down import TakingDown
from bot.tallies import UNHEARD, Tallies


class SlackRoom:
    """`chat` is for the engine, `handler` for POST /slack/events; open it with `async with`.

    `signing_secret` may be several while they are rotated. With an `app_token` Slack is heard by
    a socket instead. `delivering` is called before a card or a reminder leaves. `reopens` says
    of a connection whether its pipeline still takes a yes once it was stopped.
    """

    def __init__(
        self,
        *,
        token: str,
        signing_secret: str | tuple[str, ...],
        signoffs: Signoffs,
        board: Board,
        rulebook: Rulebook,
        app_token: str | None = None,
        api_url: str = SLACK_API_URL,
        clock: Clock = system_clock,
        delivering: Callable[[], None] = lambda: None,
        reopens: Callable[[str], bool] = lambda connection: True,
        tallies: Tallies = UNHEARD,
    ) -> None:
        secrets = (signing_secret,) if isinstance(signing_secret, str) else signing_secret
        self._token, self._secrets, self._app_token = token, secrets, app_token
        self._clock = clock
        self._web = AsyncWebClient(token=token, base_url=api_url, retry_handlers=[])
        self._web.proxy = None
        self.timepiece = Timepiece(clock)
        api = self._api = SlackApi(self._web, timepiece=self.timepiece, tallies=tallies)
        self._identity = Identity(api)
        lookout = Lookout(api=api, identity=self._identity, clock=clock)
        self._errands = Errands()
        self.channels = Channels(
            api=api,
            clock=clock,
            errands=self._errands,
            ours=rulebook.channels,
            take_down=TakingDown(signoffs.store, signoffs.bell).look_again,
        )
        self.chat = SlackChat(api, lookout, delivering, channels=self.channels)
        self._desk = Desk(
            api=api,
            people=People(api=api, identity=self._identity, rulebook=rulebook, clock=clock),
            whisper=Whisper(api),
            errands=self._errands,
            board=board,
            signoffs=signoffs,
            personal=Personal(signoffs.store, signoffs.bell, signoffs.clock),
            rulebook=rulebook,
            clock=signoffs.clock,
            reopens=reopens,
        )
        self._app: AsyncApp | None = None
        self._socket: Socket | None = None
        self._learning: asyncio.Task[None] | None = None
        self._routes = Routes(verifier=Verifier(secrets, clock), app=lambda: self._app)

    @property
    def trouble(self) -> str:
        """Why Slack and we cannot talk, if so: then it is asked again. Empty if we can."""
        if not self._api.door.open and (self._learning is None or self._learning.done()):
            self._learning = asyncio.create_task(
                self._identity.look_again(), name="slack auth.test"
            )
        if self._api.door.refused:
            return f"Slack does not let us in: {self._api.door.refused}"
        if not self._api.door.open or self._identity.known is None:
            return "Slack does not answer"
        reached = self._socket is None or self._socket.connected
        return "" if reached else "Slack cannot reach us: the socket is not connected"

    async def check_member(self, user: str) -> None:
        """Raises GuestMayNotReview for all but full members, ChatUnreachable if nobody can say."""
        await self._desk.people.check_now(Clicker(user=user, team=""), hurry(HALF))

    async def teams(self) -> tuple[str, ...]:
        """Our workspace, and the organisation it is part of if there is one. Raises Unreachable."""
        return await self._identity.teams()

    async def handler(self, request: web.Request) -> web.StreamResponse:
        return await self._routes.slack_events(request)

    async def start(self) -> None:
        """Slack may be down: then we begin without it, and are ready once it answers."""
        self._web.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=WITHIN), trust_env=False
        )
        if not await self._identity.try_once():
            self._learning = asyncio.create_task(self._identity.insist(), name="slack auth.test")
        self._app = self._listening()
        if self._app_token:
            self._socket = Socket(self._app, self._app_token)
            self._socket.start()

    async def stop(self) -> None:
        """Hear nothing new, finish what was begun, and hang up."""
        self._app = None
        if self._socket:
            await self._socket.stop()
        if self._learning:
            self._learning.cancel()
            with suppress(asyncio.CancelledError):
                await self._learning
        await self._errands.finish()
        if self._web.session:
            await self._web.session.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _listening(self) -> AsyncApp:
        home = Home(self._desk)
        self.chat.draw = home.draw
        return make_app(
            web=self._web,
            token=self._token,
            signing_secrets=self._secrets,
            identity=self._identity,
            clock=self._clock,
            listeners=_listeners(self._desk, home, self.channels),
        )


def _listeners(desk: Desk, home: Home, channels: Channels) -> Listeners:
    inquiries = Inquiries(desk=desk)
    turns = Turns(desk=desk, redraw=inquiries.renew)
    acts = acts_of(desk)
    return Listeners(
        turns=turns,
        acts=acts,
        menu=Menu(turns=turns, words=acts.words),
        strays=Strays(desk=desk),
        inquiries=inquiries,
        absence=Absence(desk=desk),
        commands=Commands(desk, channels),
        channels=channels,
        home=home,
        settings=Settings(desk=desk),
        shortcuts=Shortcuts(
            desk=desk, answers=Commands(desk, channels).answers, open=inquiries.open
        ),
    )
