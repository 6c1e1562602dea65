"""What does every test of the playground stand on?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.server import Playground
from bot.playground.things import Shortcut
from bot.playground.workspace import Channel, Member

SECRET = "a-signing-secret-of-the-tests"
BOT_TOKEN = "xoxb-tests"
APP_TOKEN = "xapp-tests"


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


ADA = Member(
    id="U0ADA", name="Ada Park", handle="ada", title="Staff engineer", email="ada@acme.example"
)
JUN = Member(id="U0JUN", name="Jun Ito", handle="jun", title="Engineer", email="jun@acme.example")
GUS = Member(id="U0GUS", name="Gus Guest", handle="gus", restricted=True)
OLD = Member(id="U0OLD", name="Olga Left", handle="olga", deleted=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[Playground]:
    playground = Playground(
        members=[ADA, JUN, GUS, OLD],
        channels=[
            Channel(id="C0PAY", name="payments-deploys", members=("U0ADA", "U0JUN")),
            Channel(id="C0OUT", name="elsewhere", members=("U0ADA",), bot_is_in=False),
            Channel(id="C0OLD", name="archive", members=("U0ADA",), archived=True),
        ],
        usergroups={"S0PAY": ["U0ADA"]},
        shortcuts=[
            Shortcut(callback_id="ask", name="Ask about a sign-off"),
            Shortcut(callback_id="look", name="Show this sign-off", on_message=True),
        ],
        signing_secret=SECRET,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        clock=clock,
        retry_delays=(0.0, 0.0, 0.0),
        patience=1.0,
    )
    async with playground:
        yield playground


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


@pytest.fixture
def client(slack: Playground, http: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[])
