"""Is a bot that calls too often turned away, told for how long, and let in again in time?"""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.playground.rates import RATES
from bot.playground.server import Playground
from tests.playground.cards import home
from tests.playground.conftest import FakeClock


async def wait_asked_for(call: Any) -> int:
    """The seconds after which a call that is refused may come again."""
    with pytest.raises(SlackApiError) as refused:
        await call
    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    return int(refused.value.response.headers["Retry-After"])


@pytest.fixture
def hurried(slack: Playground) -> Playground:
    slack.rates = True
    return slack


async def post(client: AsyncWebClient, times: int = 1, channel: str = "C0PAY") -> str:
    for _ in range(times):
        answer = await client.chat_postMessage(channel=channel, text="x")
    return str(answer["ts"])


async def test_nobody_is_turned_away_unless_rates_are_on(
    slack: Playground, client: AsyncWebClient
) -> None:
    await post(client, 20)
    assert len(slack.messages("C0PAY")) == 20
    assert slack.refusals.total() == 0


async def test_a_channel_takes_a_few_messages_at_once_and_then_one_a_second(
    hurried: Playground, client: AsyncWebClient, clock: FakeClock
) -> None:
    for _ in range(5):
        await post(client)
        clock.pass_seconds(0.5)
    assert await wait_asked_for(post(client)) == 3
    clock.pass_seconds(2.5)
    await post(client)
    assert len(hurried.messages("C0PAY")) == 6
    assert hurried.refusals == {"chat.postMessage": 1}


async def test_each_channel_has_a_rate_of_its_own(
    hurried: Playground, client: AsyncWebClient
) -> None:
    await post(client, 5)
    assert await wait_asked_for(post(client)) == 5
    await post(client, 5, "U0ADA")
    assert await wait_asked_for(post(client, channel="D0ADA")) == 5


async def test_the_workspace_takes_fifty_updates_a_minute(
    hurried: Playground, client: AsyncWebClient, clock: FakeClock
) -> None:
    ts = await post(client)
    for _ in range(50):
        await client.chat_update(channel="C0PAY", ts=ts, text="y")
    clock.pass_seconds(20)
    assert await wait_asked_for(client.chat_update(channel="C0PAY", ts=ts, text="z")) == 40
    clock.pass_seconds(40)
    await client.chat_update(channel="C0PAY", ts=ts, text="z")
    assert hurried.messages("C0PAY")[0].text == "z"


async def test_homes_and_people_have_rates_of_a_hundred(
    hurried: Playground, client: AsyncWebClient
) -> None:
    for _ in range(100):
        await client.users_info(user="U0ADA")
        await client.views_publish(user_id="U0ADA", view=home())
    assert await wait_asked_for(client.users_info(user="U0ADA")) == 60
    assert await wait_asked_for(client.views_publish(user_id="U0ADA", view=home())) == 60
    await client.dnd_info(user="U0ADA")


async def test_a_call_that_was_turned_away_does_not_count(
    hurried: Playground, client: AsyncWebClient, clock: FakeClock
) -> None:
    await post(client, 5)
    for _ in range(4):
        await wait_asked_for(post(client))
    clock.pass_seconds(5)
    await post(client, 5)
    assert hurried.refusals == {"chat.postMessage": 4}


async def test_planned_refusals_are_counted_too(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.RATE_LIMITED(7))
    assert await wait_asked_for(post(client)) == 7
    assert slack.refusals["chat.postMessage"] == 1


async def test_a_rate_is_on_from_the_start_where_that_is_asked_for(clock: FakeClock) -> None:
    assert Playground(members=[], channels=[], clock=clock, rates=True).rates
    assert not Playground(members=[], channels=[], clock=clock).rates


def test_what_we_send_most_has_the_rates_slack_names() -> None:
    per_minute = {method: rates[-1].most for method, rates in RATES.items()}
    assert per_minute["chat.update"] == 50
    assert {per_minute[f"views.{verb}"] for verb in ("open", "push", "update", "publish")} == {100}
    assert per_minute["usergroups.users.list"] == 20
