"""Where does a demo or a journey play? The real server, a play Slack and a toy pipeline."""

from __future__ import annotations

import json
import secrets
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot import settings, signing
from bot.clock import Clock, system_clock
from bot.demo.changes import change
from bot.demo.company import (
    AS_FAST_AS_YOU_PRESS,
    AT_ONCE,
    AUTHOR,
    CHANNEL,
    CHANNELS,
    CONFIG,
    FALLBACK_CHANNEL,
    GUEST,
    MEMBERS,
    OTHER_SENIOR,
    PLATFORM_CHANNEL,
    PRINCIPAL,
    SENIOR,
    SHORTCUTS,
    SOON,
)
from bot.demo.screen import action_of, filled, is_about, option_of, reading
from bot.house import House, open_house
from bot.pipelines.signatures import secret_key, sign
from bot.playground.courier import Answer
from bot.playground.openid import CLIENT_SECRET
from bot.playground.pipeline import ToyPipeline
from bot.playground.server import Playground
from bot.playground.things import Channel, Member, Message
from bot.ports import Pace
from bot.settings import Settings

__all__ = [
    "AS_FAST_AS_YOU_PRESS", "AT_ONCE", "AUTHOR", "CHANNEL", "CONFIG", "FALLBACK_CHANNEL", "GUEST",
    "OTHER_SENIOR", "PLATFORM_CHANNEL", "PRINCIPAL", "SENIOR", "SOON",
    "TOKEN", "Scene", "action_of", "playing", "reading", "staged",
]  # fmt: skip

TOKEN = "a-token-of-the-demo-only"  # noqa: S105


AT_MOST = 30
"""Seconds until something is seen; a busy machine stands still for some of them."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """Slack and the pipeline go on while the house is stopped and started again."""

    folder: Path
    slack: Playground
    pipeline: ToyPipeline
    http: aiohttp.ClientSession
    clock: Clock
    secret: str = field(repr=False)
    port: int
    options: Mapping[str, Any]
    config: str
    environ: Mapping[str, str] = field(repr=False)
    pace: Pace | None = None
    sent: int = 0
    _house: House | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def house(self) -> House:
        if self._house is None:
            raise RuntimeError("the house is not open")
        return self._house

    @property
    def address(self) -> str:
        """Where the house listens, in whichever process it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        """Where a browser finds it: no other name of this machine may keep our cookies."""
        return self.environ.get("PUBLIC_URL", f"http://localhost:{self.port}")

    async def start(self) -> None:
        """Open the house on the database in `folder`: it goes on where it stopped."""
        opening = open_house(self.settings(), clock=self.clock, pace=self.pace, **self.options)
        self._house = await self._running.enter_async_context(opening)
        self.slack.connect(f"{self._house.url}/slack/events")
        self.slack.openid.redirect_urls = (f"{self.public_url}/signed-in/slack",)

    async def stop(self) -> None:
        await self._running.aclose()
        self._house = None

    def settings(self) -> Settings:
        """What a real installation reads from its environment, read the same way."""
        return settings.read(self.variables())

    def variables(self) -> dict[str, str]:
        """The environment of the house; writes the config it names."""
        config = self.folder / "countersign.yaml"
        prefix = self.pipeline.callback_prefix
        config.write_text(self.config.replace("CALLBACK_PREFIX", prefix))
        return {
            "COUNTERSIGN_CONFIG": str(config),
            "DATABASE_URL": f"sqlite:///{self.folder / 'countersign.db'}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_SIGNING_SECRET": "playground-signing-secret",
            "SLACK_API_URL": self.slack.api_url,
            "PAYMENTS_CI_SECRET": self.secret,
            "PAYMENTS_CI_TOKEN": TOKEN,
            "SLACK_CLIENT_SECRET": CLIENT_SECRET,
            **self.environ,
        }

    async def announce(
        self, data: Mapping[str, Any], message_id: str = "", *, what: str = "change.ready"
    ) -> tuple[int, Any]:
        """Send a message as CI does, signed; the status and the answer."""
        message = {"type": what, "timestamp": self.clock().isoformat(), "data": data}
        body = json.dumps(message).encode()
        message_id = message_id or f"evt_{secrets.token_hex(8)}"
        headers = sign(secret_key(self.secret), message_id, self.clock(), body)
        return await self.post("/hooks/payments-ci", body, headers)

    def public_key(self) -> Ed25519PublicKey:
        """The key that attestations are verified with."""
        return signing.load(str(next(self.folder.glob("*.key.pem")))).public_key()

    async def send(self, template: Mapping[str, Any], **facts: Any) -> str:
        """Announce a change made from a template; its run waits; the signoff's id."""
        self.sent += 1
        data = change(template, self.sent, "")
        data |= {"callback_url": self.pipeline.callback_url(data["key"]), **facts}
        self.pipeline.start(data["key"], data["title"])
        status, answer = await self.announce(data)
        if status not in (200, 202):
            raise RuntimeError(f"the change was answered {status}: {answer}")
        return str(answer["id"])

    async def landed(self, key: str, *, failed: str = "") -> int:
        """CI says what came of a run: that it shipped, or why it failed; the status."""
        what = "change.failed" if failed else "change.deployed"
        said = {"key": key, "detail": failed} if failed else {"key": key}
        status, _ = await self.announce(said, what=what)
        return status

    def card(self, signoff_id: str, channel: str = CHANNEL) -> Message | None:
        """The card about a signoff in a channel, as it reads now."""
        return next((c for c in self.slack.cards(channel) if is_about(c, signoff_id)), None)

    async def shown(self, signoff_id: str, words: str = "", channel: str = CHANNEL) -> Message:
        """The card once it is there, and says these words."""

        def reads_so() -> Message | None:
            card = self.card(signoff_id, channel)
            return card if card and words in reading(card.blocks) else None

        message = await self.slack.wait_for(reads_so, timeout=AT_MOST)
        assert message is not None  # noqa: S101 -- what wait_for waits for
        return message

    async def press(self, user: str, message: Message, label: str) -> Answer:
        """Click the button with this label, on the screen where the message reads like this."""
        return await self.slack.click(user, message, action_of(message.blocks, label), stale=True)

    async def press_in_modal(self, user: str, label: str) -> Answer:
        """Click the button with this label in what is open. Raises LookupError."""
        view = self.slack.modal(user)
        blocks = view.body["blocks"] if view else ()
        return await self.slack.click_in_modal(user, action_of(blocks, label))

    async def approve(self, user: str, message: Message) -> None:
        """Press Approve; where that opens a form, tick every point, say why, and send it."""
        await self.press(user, message, "Approve")
        if form := self.slack.modal(user):
            await self.slack.submit(user, filled(form.body["blocks"]))

    async def choose(self, user: str, message: Message, label: str) -> Answer:
        """Choose what is called so in the menu of a message. Raises LookupError."""
        menu, value = option_of(message.blocks, label)
        return await self.slack.choose(user, message, menu, value)

    async def told(self, user: str, words: str) -> str:
        """What was said to this person alone, once something with these words was."""

        def said() -> str | None:
            whispers = (reading(w.blocks) or w.text for w in self.slack.ephemerals(user))
            return next((text for text in whispers if words in text), None)

        return str(await self.slack.wait_for(said, timeout=AT_MOST))

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        async with self.http.post(self.address + path, data=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.read() or b"null")

    async def get(self, path: str) -> tuple[int, Any]:
        """Ask the API with the connection's token."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.get(self.address + path, headers=headers) as answer:
            return answer.status, json.loads(await answer.read())


@asynccontextmanager
async def playing(folder: Path, **how: Any) -> AsyncIterator[Scene]:
    """A scene whose house is open; `how` is as for `staged`."""
    async with staged(folder, **how) as scene:
        await scene.start()
        yield scene


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    page_port: int = 0,
    clock: Clock = system_clock,
    config: str = AT_ONCE,
    environ: Mapping[str, str] | None = None,
    more: Iterable[Mapping[str, Any]] = (),
    pace: Pace | None = None,
    members: tuple[Member, ...] = MEMBERS,
    channels: tuple[Channel, ...] = CHANNELS,
    **options: Any,
) -> AsyncIterator[Scene]:
    """A scene whose house is not open yet, and keeps its database in `folder`.

    `options` are those of the house.
    `more` are the templates of the changes that the page's button sends. `pace` is how much Slack
    takes, where that is not the real one.
    """
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    pipeline = ToyPipeline(secret, clock=clock)
    templates = iter(more)

    async def another() -> None:
        await scene.send(next(templates))

    slack = Playground(
        members=members,
        channels=channels,
        clock=clock,
        stamp=clock,
        shortcuts=SHORTCUTS,
        pipeline=pipeline,
        on_new_change=another if more else None,
    )
    async with AsyncExitStack() as stack:
        await pipeline.serve()
        stack.push_async_callback(pipeline.stop)
        await slack.start(port=page_port)
        stack.push_async_callback(slack.stop)
        scene = Scene(
            folder=folder,
            slack=slack,
            pipeline=pipeline,
            http=await stack.enter_async_context(aiohttp.ClientSession(trust_env=False)),
            clock=clock,
            secret=secret,
            port=_free_port(),
            options=options,
            config=config,
            environ=environ or {},
            pace=pace,
        )
        stack.push_async_callback(scene.stop)
        yield scene


def _free_port() -> int:
    """One below those that the system gives away, so that nobody is given it meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
