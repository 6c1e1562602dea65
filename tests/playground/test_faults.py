"""Does everything go wrong exactly as it was told to?"""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.playground.server import Playground
from tests.playground.conftest import BOT_TOKEN


def texts(slack: Playground) -> list[str]:
    return [message.text for message in slack.messages("C0PAY")]


async def post(client: AsyncWebClient, text: str) -> None:
    await client.chat_postMessage(channel="C0PAY", text=text)


async def test_too_many_requests(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.RATE_LIMITED(retry_after=7), times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await post(client, "one")
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
    assert texts(slack) == []
    await post(client, "one")
    assert texts(slack) == ["one"]
    assert len(slack.calls) == 3


async def test_a_fault_is_for_one_method(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.update", Fault.SERVER_ERROR)
    await post(client, "one")
    assert texts(slack) == ["one"]


async def test_an_error_of_the_server(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("*", Fault.SERVER_ERROR, times=None)
    for _ in range(3):
        with pytest.raises(SlackApiError) as refused:
            await post(client, "one")
        assert refused.value.response.status_code == 500
    slack.heal()
    await post(client, "two")
    assert texts(slack) == ["two"]


async def test_a_named_error(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.ERROR("channel_not_found"))
    with pytest.raises(SlackApiError) as refused:
        await post(client, "one")
    assert refused.value.response["error"] == "channel_not_found"
    assert texts(slack) == []


async def test_a_scope_can_be_said_to_be_missing(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("users.list", Fault.ERROR("missing_scope"))
    with pytest.raises(SlackApiError) as refused:
        await client.users_list()
    assert refused.value.response["error"] == "missing_scope"
    assert (await client.users_list())["ok"]


async def test_half_of_the_json(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.HALF_RESPONSE)
    with pytest.raises((SlackApiError, json.JSONDecodeError)):
        await post(client, "one")
    assert texts(slack) == ["one"]


async def test_half_of_the_answer_and_then_nothing(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", Fault.CUT_RESPONSE)
    with pytest.raises(aiohttp.ClientPayloadError):
        await post(client, "one")
    assert texts(slack) == ["one"]


async def test_dropped_after_the_message_was_posted(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", Fault.DROP_AFTER)
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client, "one")
    assert texts(slack) == ["one"]


async def test_dropped_before_anything_happened(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.DROP_BEFORE)
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client, "one")
    assert texts(slack) == []


async def test_an_answer_that_is_kept_back(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.HANG(60))
    posting = asyncio.ensure_future(post(client, "one"))
    await slack.wait_for(lambda: texts(slack) == ["one"])
    assert not posting.done()
    posting.cancel()
    slack.fail("chat.postMessage", Fault.HANG(0.01))
    await post(client, "two")
    assert texts(slack) == ["one", "two"]


async def test_stopping_does_not_wait_for_answers_that_are_kept_back(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", Fault.HANG(60))
    posting = asyncio.ensure_future(post(client, "one"))
    await slack.wait_for(lambda: texts(slack))
    async with asyncio.timeout(2):
        await slack.stop()
        await asyncio.gather(posting, return_exceptions=True)


async def test_the_whole_workspace_is_down_and_comes_back(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.down = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client, "one")
    assert slack.down
    slack.down = False
    await post(client, "two")
    assert texts(slack) == ["two"]


async def test_planned_faults_come_in_order(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.ERROR("first"))
    slack.fail("chat.postMessage", Fault.ERROR("second"))
    seen = []
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await post(client, "x")
        seen.append(refused.value.response["error"])
    assert seen == ["first", "second"]
    await post(client, "x")


async def test_too_many_requests_and_no_word_on_how_long(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", Fault.RATE_LIMITED(None))
    with pytest.raises(SlackApiError) as refused:
        await post(client, "one")
    assert refused.value.response.status_code == 429
    assert "Retry-After" not in refused.value.response.headers
    assert slack.refusals == {"chat.postMessage": 1}


async def test_too_many_requests_for_a_whole_day(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.RATE_LIMITED(86_400))
    with pytest.raises(SlackApiError) as refused:
        await post(client, "one")
    assert refused.value.response.headers["Retry-After"] == "86400"


@pytest.mark.parametrize("status", [200, 503])
async def test_a_page_of_html(slack: Playground, http: aiohttp.ClientSession, status: int) -> None:
    slack.fail("auth.test", Fault.HTML(status))
    async with http.post(f"{slack.api_url}auth.test") as response:
        assert (response.status, response.content_type) == (status, "text/html")
        assert (await response.text()).startswith("<!doctype html>")
    async with http.post(f"{slack.api_url}auth.test") as response:
        assert (await response.json())["error"] == "not_authed"


async def test_an_html_page_posts_nothing(slack: Playground, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", Fault.HTML(503))
    with pytest.raises(SlackApiError):
        await post(client, "one")
    assert texts(slack) == []


async def test_an_empty_answer_after_the_message_was_posted(
    slack: Playground, http: aiohttp.ClientSession
) -> None:
    slack.fail("chat.postMessage", Fault.EMPTY_RESPONSE)
    asked = {"channel": "C0PAY", "text": "one"}
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    url = f"{slack.api_url}chat.postMessage"
    async with http.post(url, json=asked, headers=headers) as response:
        assert (response.status, await response.text()) == (200, "")
    assert texts(slack) == ["one"]
