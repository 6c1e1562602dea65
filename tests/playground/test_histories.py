"""Can the bot find again what it said, and only where it may read?"""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.server import Playground
from bot.playground.workspace import Channel
from tests.playground.cards import card
from tests.playground.conftest import ADA, BOT_TOKEN

NOTE = {"event_type": "signoff_card", "event_payload": {"id": "sgn_1"}}


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def say(client: AsyncWebClient, *texts: str, channel: str = "C0PAY") -> list[str]:
    said = [await client.chat_postMessage(channel=channel, text=text) for text in texts]
    return [str(one["ts"]) for one in said]


async def test_the_newest_is_read_first(slack: Playground, client: AsyncWebClient) -> None:
    await say(client, "one", "two")
    slack.workspace.say("U0ADA", "C0PAY", "three")
    answer = await client.conversations_history(channel="C0PAY")
    assert [one["text"] for one in answer["messages"]] == ["three", "two", "one"]
    assert [one.get("bot_id") for one in answer["messages"]] == [None, "B0BOT", "B0BOT"]
    assert answer["has_more"] is False


async def test_what_the_bot_noted_is_read_only_when_asked_for(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0PAY", text="x", blocks=card(), metadata=NOTE)
    whole = await client.conversations_history(channel="C0PAY", include_all_metadata=True)
    (message,) = whole["messages"]
    assert (message["ts"], message["metadata"]) == (posted["ts"], NOTE)
    assert [block["type"] for block in message["blocks"]] == ["header", "section", "actions"]
    bare = await client.conversations_history(channel="C0PAY")
    assert "metadata" not in bare["messages"][0]


async def test_what_only_one_person_saw_and_what_was_deleted_is_not_read(
    slack: Playground, client: AsyncWebClient
) -> None:
    [ts] = await say(client, "one")
    await client.chat_postEphemeral(channel="C0PAY", user="U0ADA", text="quiet")
    slack.remove("C0PAY", ts)
    assert (await client.conversations_history(channel="C0PAY"))["messages"] == []


async def test_a_thread_is_counted_in_the_channel_and_read_on_its_own(
    client: AsyncWebClient,
) -> None:
    [top] = await say(client, "top")
    reply = await client.chat_postMessage(channel="C0PAY", text="reply", thread_ts=top)
    (line,) = (await client.conversations_history(channel="C0PAY"))["messages"]
    assert (line["thread_ts"], line["reply_count"]) == (top, 1)
    assert line["latest_reply"] == reply["ts"]
    thread = await client.conversations_replies(channel="C0PAY", ts=top)
    assert [one["text"] for one in thread["messages"]] == ["top", "reply"]
    missing = client.conversations_replies(channel="C0PAY", ts="1.1")
    assert await refusal(missing) == "thread_not_found"


async def test_times_bound_what_is_read_and_may_count_themselves(client: AsyncWebClient) -> None:
    first, second, third = await say(client, "one", "two", "three")
    read = client.conversations_history

    async def texts(**bounds: Any) -> list[str]:
        return [one["text"] for one in (await read(channel="C0PAY", **bounds))["messages"]]

    assert await texts(oldest=first) == ["three", "two"]
    assert await texts(oldest=first, inclusive=True) == ["three", "two", "one"]
    assert await texts(latest=third, oldest=first) == ["two"]
    assert await texts(latest=second, inclusive=True) == ["two", "one"]
    assert await refusal(read(channel="C0PAY", oldest="soon")) == "invalid_ts_oldest"


async def test_a_long_history_is_read_page_by_page(client: AsyncWebClient) -> None:
    await say(client, *"abcde")
    read, cursor = "", ""
    for _ in range(3):
        page = await client.conversations_history(channel="C0PAY", limit=2, cursor=cursor)
        read += "".join(one["text"] for one in page["messages"])
        cursor = page["response_metadata"]["next_cursor"] if page["has_more"] else ""
    assert (read, cursor) == ("edcba", "")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"limit": 1000}, "invalid_limit"),
        ({"cursor": "next"}, "invalid_cursor"),
        ({"channel": "C0OUT"}, "not_in_channel"),
        ({"channel": "C0NOT"}, "channel_not_found"),
    ],
)
async def test_what_cannot_be_read(client: AsyncWebClient, wrong: Any, error: str) -> None:
    await client.conversations_history(channel="C0PAY")
    call = client.conversations_history(**{"channel": "C0PAY", **wrong})
    assert await refusal(call) == error


@pytest.mark.parametrize(
    ("channel", "needed"),
    [
        (Channel(id="C0PAY", name="pay"), "channels:history"),
        (Channel(id="G0PAY", name="pay", private=True), "groups:history"),
        (Channel(id="D0ADA", name="", members=("U0ADA",), direct=True), "im:history"),
    ],
)
async def test_each_sort_of_conversation_needs_a_scope_of_its_own(
    http: aiohttp.ClientSession, channel: Channel, needed: str
) -> None:
    every = {"channels:history", "groups:history", "im:history"}
    for scopes, allowed in (({needed}, True), (every - {needed}, False)):
        slack = Playground(members=[ADA], channels=[channel], bot_token=BOT_TOKEN, scopes=scopes)
        async with slack:
            client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=http)
            if allowed:
                await client.conversations_history(channel=channel.id)
                continue
            with pytest.raises(SlackApiError) as refused:
                await client.conversations_history(channel=channel.id)
            answer = refused.value.response
            assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
