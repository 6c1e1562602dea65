"""Where do these tests live? A real engine on a real file, a real Bolt app, a strict Slack."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.chat.slack.room import SlackRoom
from bot.domain.asking.budgets import NO_BUDGETS, Budgets
from bot.domain.change import Change
from bot.domain.override import NOBODY_MAY, OverrideRules
from bot.domain.people import Roster
from bot.domain.policy import Policy
from bot.domain.signoff import Signoff
from bot.domain.statement import Signed
from bot.engine.bell import Bell
from bot.engine.board import Board
from bot.engine.carrying_out import Carrier
from bot.engine.circumstances import Circumstances
from bot.engine.dispatcher import Dispatcher
from bot.engine.patience import Patience
from bot.engine.personal import Personal
from bot.engine.pieces import Pieces
from bot.engine.reconciler import Reconciler
from bot.engine.rulebook import Rulebook
from bot.engine.signoffs import Signoffs
from bot.engine.tenure import Tenure
from bot.playground.server import Playground
from bot.playground.things import Message
from bot.playground.workspace import Channel, Member
from bot.ports import Delivery, Limit, Pace
from storage.store import Store
from tests.builders import ROSTER, FakeClock, a_change, a_policy, ids
from tests.chat.judges import judge_all
from tests.databases import begun

SECRET = "a-signing-secret-of-the-tests"
BOT_TOKEN, APP_TOKEN = "xoxb-tests", "xapp-tests"

APPROVE, REJECT, DETAILS = "signoff_approve", "signoff_reject", "signoff_details"

ADA = Member(id="U0ADA", name="Ada Park", handle="ada")
GRACE = Member(id="U0GRACE", name="Grace Hill", handle="grace")
JUN = Member(id="U0JUN", name="Jun Ito", handle="jun")
KIM = Member(id="U0KIM", name="Kim Roe", handle="kim")
PAT = Member(id="U0PAT", name="Pat Okafor", handle="pat")
RUTH = Member(id="U0RUTH", name="Ruth Lee", handle="ruth")
EVE = Member(id="U0EVE", name="Eve Nobody", handle="eve")

EVERYBODY = (ADA, GRACE, JUN, KIM, PAT, RUTH, EVE)
CHANNEL = Channel(id="C0PAY", name="payments-deploys", members=tuple(m.id for m in EVERYBODY))
PLATFORM = Channel(id="C0PLAT", name="platform", members=("U0PAT", "U0RUTH"))


UNLIMITED = Limit(1_000_000, timedelta())
AT_ONCE = Pace(post=UNLIMITED, change=UNLIMITED, home=UNLIMITED)
"""The tests' clock stands still, so nothing may wait for it."""


@dataclass(slots=True)
class ToldPipeline:
    """Takes every answer."""

    told: list[Signoff] = field(default_factory=list)
    fetches: bool = False
    reopens: bool = True

    def verify(self, delivery: Delivery) -> str:
        raise NotImplementedError

    async def read(self, delivery: Delivery) -> Change | None:
        raise NotImplementedError

    async def report(self, signoff: Signoff) -> None:
        self.told.append(signoff)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    clock: FakeClock
    slack: Playground
    store: Store
    board: Board
    signoffs: Signoffs
    dispatcher: Dispatcher
    reconciler: Reconciler
    personal: Personal
    room: SlackRoom
    circumstances: Circumstances
    pipeline: ToldPipeline
    url: str

    async def ask(self, **facts: Any) -> Signoff:
        """Open a signoff and hang its cards up."""
        opening = await self.signoffs.open(a_change(**facts))
        await self.settle()
        return opening.signoff

    def questions(self, channel: str = "C0PAY") -> list[Message]:
        """The questions to authors that stand in the threads of a channel."""
        return [m for m in self.slack.messages(channel) if "AI help" in m.text]

    async def settle(self) -> None:
        await self.dispatcher.settle()
        await self.reconciler.settle()

    async def now(self, signoff: Signoff) -> Signoff:
        found = await self.board.signoff(signoff.id)
        assert found is not None
        return found

    def card(self, channel: str = "C0PAY") -> Message:
        return self.slack.cards(channel)[-1]

    async def whispered(self, user: str, word: str = "") -> str:
        """What that person, and nobody else, was told last."""
        private = lambda: [m for m in self.slack.ephemerals(user) if word in m.text]  # noqa: E731
        found = await self.slack.wait_for(private)
        return found[-1].text


async def _attest(_: str) -> Signed:
    return Signed("{}", None)


@asynccontextmanager
async def a_house(
    path: Path,
    policy: Policy | None = None,
    roster: Roster = ROSTER,
    *,
    members: tuple[Member, ...] = EVERYBODY,
    channels: tuple[Channel, ...] = (CHANNEL, PLATFORM),
    by_socket: bool = False,
    signing_secret: str | tuple[str, ...] = SECRET,
    slack_is_down: bool = False,
    fallback: str = "",
    keep_older: frozenset[str] = frozenset(),
    pace: Pace = AT_ONCE,
    overrides: OverrideRules = NOBODY_MAY,
    budgets: Budgets = NO_BUDGETS,
) -> AsyncIterator[House]:
    clock, bell = FakeClock(), Bell()
    slack = Playground(
        members=members,
        channels=channels,
        signing_secret=SECRET,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        clock=clock,
        retry_delays=(),
    )
    store = Store(begun(path / "house.db"), clock=clock)
    rulebook = Rulebook(
        roster,
        policy or a_policy(),
        fallback_channel=fallback,
        overrides=overrides,
        budgets=budgets,
    )
    circumstances = Circumstances(roster=roster, clock=clock)
    signoffs = Signoffs(
        store=store,
        rulebook=rulebook,
        clock=clock,
        new_id=ids(),
        bell=bell,
        circumstances=circumstances,
        keep_older=keep_older,
    )
    board = Board(store, rulebook, bell, signoffs.inviting, clock)
    pipeline = ToldPipeline()
    async with AsyncExitStack() as stack, slack:
        stack.push_async_callback(store.close)
        slack.down = slack_is_down
        room = SlackRoom(
            token=BOT_TOKEN,
            signing_secret=signing_secret,
            app_token=APP_TOKEN if by_socket else None,
            api_url=slack.api_url,
            signoffs=signoffs,
            board=board,
            rulebook=rulebook,
            clock=clock,
        )
        circumstances.chat = room.chat
        room.chat.pace = pace
        dispatcher = Dispatcher(
            store=store,
            carrier=Carrier(
                store=store,
                signoffs=signoffs,
                pipelines={"payments-ci": pipeline},
                attest=_attest,
                clock=clock,
                bell=bell,
                patience=Patience(),
            ),
            bell=bell,
        )
        reconciler = Reconciler(
            store=store,
            tenure=Tenure(store=store, task="chat", holder=secrets.token_hex(4)),
            pieces=Pieces(rulebook.roster, clock),
            chat=room.chat,
            clock=clock,
            bell=bell,
            patience=Patience(),
            fallback=rulebook.fallback_channel,
        )
        async with room, _served(room) as base:
            if not by_socket:
                slack.connect(f"{base}/slack/events")
            yield House(
                clock=clock,
                slack=slack,
                store=store,
                board=board,
                signoffs=signoffs,
                dispatcher=dispatcher,
                reconciler=reconciler,
                personal=Personal(store, bell, clock),
                room=room,
                circumstances=circumstances,
                pipeline=pipeline,
                url=f"{base}/slack/events",
            )
            assert judge_all(slack) == []


@asynccontextmanager
async def _served(room: SlackRoom) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/slack/events", room.handler)
    runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def words_in(blocks: Any) -> str:
    """Everything a reader of these blocks sees, in order."""
    if isinstance(blocks, list | tuple):
        return "\n".join(filter(None, map(words_in, blocks)))
    if not isinstance(blocks, dict):
        return ""
    if blocks.get("type") in ("rich_text_section", "rich_text_quote"):
        return "".join(map(words_in, blocks["elements"]))
    own = blocks.get("text") or blocks.get("fallback") or ""
    inner = [blocks[name] for name in ("label", "elements", "element", "options") if name in blocks]
    shown = own if isinstance(own, str) else words_in(own)
    return "\n".join(filter(None, [shown, *map(words_in, inner)]))
