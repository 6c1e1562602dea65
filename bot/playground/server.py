"""How does a bot, a test or a browser reach the workspace?"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import formatdate
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from bot.clock import system_clock
from bot.playground.acting import Acting
from bot.playground.admin import Admin
from bot.playground.bell import Bell
from bot.playground.courier import Answer, Courier
from bot.playground.door import Door
from bot.playground.faults import Fault
from bot.playground.methods import WebApi
from bot.playground.openid import OpenId
from bot.playground.page import Page
from bot.playground.picture import WIRE_LINES, Stage, WireLine
from bot.playground.pipeline import ToyPipeline
from bot.playground.rates import Rates
from bot.playground.rules import Json
from bot.playground.sockets import Sockets
from bot.playground.things import Channel, Member, Message, Shortcut, View
from bot.playground.workspace import Workspace

T = TypeVar("T")

QUICK_RETRIES = (0.0, 0.06, 0.3)  # Slack's own are 0, 60 and 300 seconds


class Playground:
    """A Slack-compatible workspace on one machine.

    ``clock`` dates messages and lifetimes; ``stamp`` dates the signatures, if that is to differ.
    ``patience`` and ``retry_delays`` are in seconds. ``rates``: calls that come too often are
    answered 429. ``shortcuts``: those that people are offered. ``admin``: what its admins may do.
    """

    def __init__(
        self,
        *,
        members: Iterable[Member],
        channels: Iterable[Channel],
        usergroups: Mapping[str, Iterable[str]] | None = None,
        signing_secret: str = "playground-signing-secret",  # noqa: S107
        bot_token: str = "xoxb-playground",  # noqa: S107
        app_token: str = "xapp-playground",  # noqa: S107
        scopes: Iterable[str] | None = None,
        clock: Callable[[], datetime] = system_clock,
        stamp: Callable[[], datetime] | None = None,
        patience: float = 3.0,
        retry_delays: Sequence[float] = QUICK_RETRIES,
        rates: bool = False,
        shortcuts: Iterable[Shortcut] = (),
        pipeline: ToyPipeline | None = None,
        on_new_change: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.bell = Bell()
        self.workspace = Workspace(
            members=members,
            channels=channels,
            usergroups=usergroups,
            clock=clock,
            on_change=self.bell.ring,
        )
        self.retry_delays = retry_delays
        self._wire: deque[WireLine] = deque(maxlen=WIRE_LINES)
        self._sockets = Sockets()
        self._courier = Courier(
            secret=signing_secret,
            stamp=stamp or clock,
            patience=patience,
            sockets=self._sockets,
            noted=partial(self._note, True),
        )
        self._acting = Acting(self.workspace, self._courier, self._response_url, shortcuts)
        self.click = self._acting.click
        self.choose = self._acting.choose
        self.click_in_modal = self._acting.click_in_modal
        self.click_on_home = self._acting.click_on_home
        self.submit = self._acting.submit
        self.dismiss = self._acting.dismiss
        self.command = self._acting.command
        self.shortcut = self._acting.shortcut
        self.message_shortcut = self._acting.message_shortcut
        self._door = Door(
            WebApi(self.workspace, lambda: self.page_url),
            self._sockets,
            Rates(self.workspace.mint.now, on=rates),
            bot_token=bot_token,
            app_token=app_token,
            scopes=scopes,
            noted=partial(self._note, False),
        )
        self.admin = Admin(self.workspace, self._door, self.bell.ring)
        self.openid = OpenId(
            workspace=self.workspace, origin=lambda: self._base, is_down=lambda: self._door.down
        )
        self._page = Page(
            Stage(
                workspace=self.workspace,
                acting=self._acting,
                admin=self.admin,
                bell=self.bell,
                wire=self._wire,
                closing=self._door.closing,
                page_url=lambda: self.page_url,
                retry_delays=retry_delays,
                pipeline=pipeline,
                on_new_change=on_new_change,
            )
        )
        if pipeline is not None:
            pipeline.on_change = self.bell.ring
        self._runner: web.AppRunner | None = None
        self._base = ""

        self.ahead = 0.0  # seconds by which the clock is wrong that answers are dated by

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        now = self.workspace.mint.now() + self.ahead
        response.headers["Date"] = formatdate(now, usegmt=True)

    # Running it

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application(client_max_size=4 << 20)
        app.on_response_prepare.append(self._date)
        self.openid.add_routes(app)
        app.router.add_route("*", "/api/{method}", self._door.web_api)
        app.router.add_post("/response/{key:.+}", self._door.response_url)
        app.router.add_get("/socket", self._sockets.handle)
        self._page.add_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        actual = self._runner.addresses[0][1]
        shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104
        self._base = f"http://{shown}:{actual}"

    async def stop(self) -> None:
        self._door.closing.set()
        self.bell.ring()
        await self._sockets.close()
        await self._courier.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

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

    @property
    def api_url(self) -> str:
        return f"{self._base}/api/"

    @property
    def page_url(self) -> str:
        return f"{self._base}/"

    def connect(self, url: str) -> None:
        """Where events, clicks and commands are POSTed."""
        self._courier.url = url

    @property
    def socket_open(self) -> bool:
        return self._sockets.open

    async def refresh_sockets(self) -> None:
        """Make the bot come back on a new socket, as Slack does now and then."""
        await self._sockets.refresh()

    # Looking

    def messages(self, channel: str) -> list[Message]:
        return self.workspace.messages(channel)

    def messages_to(self, user: str) -> list[Message]:
        """The conversation of the bot with that person."""
        return self.workspace.messages(self.workspace.direct(user))

    def cards(self, channel: str) -> list[Message]:
        """Messages with blocks that begin a thread, or have none."""
        return [m for m in self.messages(channel) if m.blocks and not m.thread_ts]

    def ephemerals(self, user: str) -> list[Message]:
        return self.workspace.ephemerals(user)

    def home(self, user: str) -> tuple[Json, ...] | None:
        home = self.workspace.views.home(user)
        return None if home is None else home.blocks

    def modal(self, user: str) -> View | None:
        return self.workspace.views.top(user)

    @property
    def calls(self) -> list[tuple[str, Json]]:
        return self._door.calls

    @property
    def refusals(self) -> Counter[str]:
        """How often each method was answered 429."""
        return self._door.refusals

    @property
    def rates(self) -> bool:
        return self._door.rates.on

    @rates.setter
    def rates(self, on: bool) -> None:
        self._door.rates.on = on

    @property
    def answers(self) -> list[Answer]:
        """What the bot answered to each delivery, in order."""
        return self._courier.history

    async def wait_for(self, condition: Callable[[], T], timeout: float = 5) -> T:  # noqa: ASYNC109
        """The first truthy answer of the condition; TimeoutError after that many seconds."""
        return await self.bell.until(condition, timeout)

    # Acting. What is not here is made in __init__: click, choose, submit and the like.

    async def open_home(self, user: str, tab: str = "home") -> Answer:
        return await self._acting.open_home(user, tab, self.retry_delays)

    async def send_event(self, event: Json) -> Answer:
        return await self._acting.event(event, self.retry_delays)

    async def resend(self, answer: Answer) -> Answer:
        """Deliver the same thing once more, as a network that stutters does."""
        if answer.delivery is None:
            raise ValueError("that answer was to nothing that was sent")
        return await self._courier.deliver(answer.delivery)

    # Changing the world. The most of it is in ``admin``; these are its shorthands.

    def change_member(self, member: Member) -> None:
        """Somebody joins, leaves, or becomes a guest."""
        self.admin.change_member(member)

    def change_channel(self, channel: Channel) -> None:
        self.admin.change_channel(channel)

    def remove(self, channel: str, ts: str) -> None:
        """Somebody deletes that message of the bot."""
        self.admin.remove(channel, ts)

    def allow_mentions(self) -> None:
        self.workspace.allow_mentions = True

    def fail(self, method: str, fault: Fault, times: int | None = 1) -> None:
        """``method`` may be ``"response_url"`` or ``"*"``; ``times`` None: until :meth:`heal`."""
        self._door.faults.add(method, fault, times)

    def heal(self) -> None:
        self._door.faults.clear()
        self._door.down = False

    @property
    def down(self) -> bool:
        return self._door.down

    @down.setter
    def down(self, down: bool) -> None:
        self._door.down = down

    def _note(self, to_bot: bool, what: str, how: str) -> None:
        self._wire.append(WireLine(to_bot=to_bot, what=what, how=how))

    def _response_url(self, key: str) -> str:
        return f"{self._base}/response/{key}"


__all__ = ["Channel", "Member", "Message", "Playground", "Shortcut", "View", "Workspace"]
